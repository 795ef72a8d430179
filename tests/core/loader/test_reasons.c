/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each way in which a file can fail to be a plugin, and the word that the loader has for it. */
#include "fakes/sandbox.h"

#include <check.h>
#include <elf.h>
#include <mfg/registry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A row: how the directory is prepared, and what is said of the file `name` in it. */
typedef struct case_row {
  const char *name;
  void (*prepare)(const char *name); /* NULL: the fake of this name is installed */
  const char *reason;                /* "": loaded */
  const char *stage;
  const char *detail; /* part of the text */
} case_row;

static const char *file_of(const char *name) {
  static char file[256];
  snprintf(file, sizeof file, "mfg-backend-%s.so", name);
  return file;
}

static void write_text(const char *name) {
  sandbox_write(file_of(name), "a plugin? no, a text.\n", 22);
}

static void write_nothing(const char *name) {
  sandbox_write(file_of(name), "", 0);
}

static void write_half(const char *name) {
  (void)name;
  sandbox_install_damaged("good", 4096, 0, ELFMAG0);
}

static void write_header_only(const char *name) {
  (void)name;
  sandbox_install_damaged("good", 20, 0, ELFMAG0);
}

static void write_other_class(const char *name) {
  (void)name;
  sandbox_install_damaged("good", 0, EI_CLASS, sizeof(void *) == 8 ? ELFCLASS32 : ELFCLASS64);
}

static void write_other_machine(const char *name) {
  (void)name;
  sandbox_install_damaged("good", 0, offsetof(Elf64_Ehdr, e_machine), EM_S390);
}

static void write_other_order(const char *name) {
  (void)name;
  sandbox_install_damaged("good", 0, EI_DATA, ELFDATA2MSB);
}

static void write_program_type(const char *name) {
  (void)name;
  sandbox_install_damaged("good", 0, offsetof(Elf64_Ehdr, e_type), ET_REL);
}

static void make_fifo(const char *name) {
  ck_assert_int_eq(mkfifo(sandbox_path(file_of(name)), 0644), 0);
}

static void make_device(const char *name) {
  ck_assert_int_eq(symlink("/dev/null", sandbox_path(file_of(name))), 0);
}

static void make_directory(const char *name) {
  sandbox_directory(file_of(name));
}

static void make_dangling(const char *name) {
  ck_assert_int_eq(symlink("nowhere", sandbox_path(file_of(name))), 0);
}

static void make_writable(const char *name) {
  sandbox_install(name, NULL);
  ck_assert_int_eq(chmod(sandbox_path(file_of(name)), 0666), 0);
}

static void make_directory_writable(const char *name) {
  sandbox_install(name, NULL);
  ck_assert_int_eq(chmod(sandbox_path("."), 0777), 0);
}

/* The superuser reads everything, so that this one goes on as nobody. */
static void make_unreadable(const char *name) {
  sandbox_install(name, NULL);
  ck_assert_int_eq(chmod(sandbox_path(file_of(name)), 0000), 0);
  if (geteuid() == 0) ck_assert_int_eq(seteuid(65534), 0);
}

static void make_alias(const char *name) {
  sandbox_install("good", NULL);
  ck_assert_int_eq(symlink("mfg-backend-good.so", sandbox_path(file_of(name))), 0);
}

static void make_hard_link(const char *name) {
  sandbox_install("good", NULL);
  ck_assert_int_eq(link(sandbox_path("mfg-backend-good.so"), sandbox_path(file_of(name))), 0);
}

static void disable(const char *name) {
  sandbox_install(name, NULL);
  setenv("MFG_BACKENDS_DISABLE", "cuda,go*", 1);
}

static void select_others(const char *name) {
  sandbox_install(name, NULL);
  setenv("MFG_BACKENDS_SELECT", "cuda,b*d", 1);
}

static const case_row rows[] = {
    {"good", NULL, "", "devices", ""},
    {"second", NULL, "", "devices", ""},
    {"text", write_text, "bad-elf", "object", "not an ELF object"},
    {"empty", write_nothing, "bad-elf", "object", "empty"},
    {"good", write_half, "bad-elf", "object", "truncated"},
    {"good", write_header_only, "bad-elf", "object", ""},
    {"good", write_other_class, "bad-elf", "object", "bits"},
    {"good", write_other_machine, "bad-elf", "object", "ELF machine 22"},
    {"good", write_other_order, "bad-elf", "object", "byte order"},
    {"good", write_program_type, "bad-elf", "object", "ELF type 1"},
    {"dependent", NULL, "missing-dependency", "open", "libmfg-nowhere.so.1"},
    {"undefined", NULL, "missing-dependency", "open", "a_symbol_that_nobody_defines"},
    {"tsan-object", NULL, "sanitizer", "object", "ThreadSanitizer"},
    {"tsan-word", NULL, "sanitizer", "query", "0x2"},
#ifdef __x86_64__
    {"isa", NULL, "isa", "open", "ISA level"},
#endif
    {"entryless", NULL, "no-entry", "entry", "mfg_backend_query"},
    {"null", NULL, "invalid", "query", "NULL"},
    {"magic", NULL, "invalid", "query", "0x1122334455667788"},
    {"sizeless", NULL, "invalid", "query", "struct_size 0"},
    {"short", NULL, "invalid", "query", "queue table is missing"},
    {"stale", NULL, "version", "query", "ABI 0.0"},
    {"future", NULL, "version", "query", "ABI 99.0"},
    {"misnamed", NULL, "invalid", "query", "'another'"},
    {"versionless", NULL, "invalid", "query", "version is NULL"},
    {"uploadless", NULL, "invalid", "query", "buffer.upload"},
    {"queueless", NULL, "invalid", "query", "queue table is missing"},
    {"short-queue", NULL, "invalid", "query", "queue.event_record"},
    {"driverless", NULL, "no-driver", "devices", "libfake.so.1 is not installed"},
    {"endless-text", NULL, "no-driver", "devices", "xxxxxxxx"},
    {"deviceless", NULL, "no-device", "devices", "no device"},
    {"minus-one", NULL, "invalid", "devices", "4294967295 devices"},
    {"too-many", NULL, "invalid", "devices", "2147483647 devices"},
    {"nameless-device", NULL, "invalid", "devices", "no name"},
    {"mapless", NULL, "invalid", "devices", "buffer.map"},
    {"fifo", make_fifo, "invalid", "file", "FIFO"},
    {"device", make_device, "invalid", "file", "character device"},
    {"directory", make_directory, "invalid", "file", "a directory"},
    {"dangling", make_dangling, "not-found", "file", "No such file"},
    {"good", make_writable, "insecure", "file", "anybody"},
    {"good", make_directory_writable, "insecure", "name", "anybody"},
    {"good", make_unreadable, "invalid", "file", "Permission denied"},
    {"zlink", make_alias, "duplicate", "file", "mfg-backend-good.so"},
    {"zhard", make_hard_link, "duplicate", "file", "mfg-backend-good.so"},
    {"alias", make_alias, "invalid", "query", "'good'"},
    {"good", disable, "disabled", "filter", "MFG_BACKENDS_DISABLE=cuda,go*"},
    {"good", select_others, "disabled", "filter", "MFG_BACKENDS_SELECT=cuda,b*d"},
    {"a\nb", write_text, "invalid", "name", "0x0A"},
    {"\xff\xfe", write_text, "invalid", "name", "0xFF"},
    {"auto", write_text, "invalid", "name", "auto"},
    {"", write_text, "invalid", "name", "NAME"},
};

static const mfg_candidate *find(const mfg_registry *registry, const char *name) {
  for (size_t i = 0; i < mfg_registry_candidate_count(registry); i++) {
    const mfg_candidate *candidate = mfg_registry_candidate(registry, i);
    if (strcmp(candidate->name, name) == 0) return candidate;
  }
  return NULL;
}

START_TEST(each_file_has_its_reason) {
  const case_row *row = &rows[_i];
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  if (row->prepare != NULL)
    row->prepare(row->name);
  else
    sandbox_install(row->name, NULL);
  mfg_registry *registry;
  ck_assert_int_eq(mfg_registry_open(NULL, &registry), MFG_OK);
  const mfg_candidate *candidate = find(registry, row->name);
  ck_assert_msg(candidate != NULL, "%s: not listed", row->name);
  ck_assert_msg(strcmp(candidate->reason, row->reason) == 0 &&
                    strcmp(candidate->stage, row->stage) == 0 &&
                    strstr(candidate->detail, row->detail) != NULL &&
                    candidate->loaded == (row->reason[0] == '\0'),
                "%s: %s at %s: %s; expected %s at %s: %s", row->name, candidate->reason,
                candidate->stage, candidate->detail, row->reason, row->stage, row->detail);
  ck_assert(candidate->loaded || candidate->detail[0] != '\0');
  ck_assert_uint_eq(candidate->loaded, candidate->device_count > 0);
  mfg_registry_free(registry);
  ck_assert_int_eq(seteuid(getuid()), 0);
  sandbox_close();
}
END_TEST

START_TEST(an_endless_text_is_cut) {
  setenv("MFG_BACKEND_PATH", sandbox_open(), 1);
  sandbox_install("endless-text", NULL);
  mfg_registry *registry;
  ck_assert_int_eq(mfg_registry_open(NULL, &registry), MFG_OK);
  size_t length = strlen(mfg_registry_candidate(registry, 0)->detail);
  ck_assert_uint_gt(length, 1000);
  ck_assert_uint_lt(length, 1100);
  mfg_registry_free(registry);
  sandbox_close();
}
END_TEST

int main(void) {
  Suite *suite = suite_create("reasons");
  TCase *cases = tcase_create("reasons");
  tcase_add_loop_test(cases, each_file_has_its_reason, 0, sizeof rows / sizeof *rows);
  tcase_add_test(cases, an_endless_text_is_cut);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
