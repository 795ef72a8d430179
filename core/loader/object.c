/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "object.h"

#include "support/text.h"

#include <dlfcn.h>
#include <gelf.h>
#include <libelf.h>
#include <link.h>
#include <mfg/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than any symbol table of a plugin; a larger one is taken for damage. */
#define LARGEST_SECTION (UINT64_C(64) << 20)

/* The header of the object that this code is in: the linker puts it there, and it says what this
 * process is made of. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static const struct {
  uint32_t sanitizer;
  const char *symbol;
  const char *name;
} sanitizers[] = {{MFG_SANITIZER_ADDRESS, "__asan_init", "AddressSanitizer"},
                  {MFG_SANITIZER_THREAD, "__tsan_init", "ThreadSanitizer"},
                  {MFG_SANITIZER_MEMORY, "__msan_init", "MemorySanitizer"}};

#define SANITIZER_COUNT (sizeof sanitizers / sizeof *sanitizers)

uint32_t mfg_process_sanitizers(void) {
  uint32_t found = MFG_SANITIZER_BUILD;
  for (size_t i = 0; i < SANITIZER_COUNT; i++)
    if (dlsym(RTLD_DEFAULT, sanitizers[i].symbol) != NULL) found |= sanitizers[i].sanitizer;
  return found;
}

static bool refuse_damaged(mfg_verdict *verdict, const char *what) {
  return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF, "%s: %s", what, elf_errmsg(-1));
}

static bool check_header(const GElf_Ehdr *header, mfg_verdict *verdict) {
  const unsigned char *own = __ehdr_start.e_ident;
  if (header->e_ident[EI_CLASS] != own[EI_CLASS])
    return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                      "the object is of %d-bit class; expected %d bits",
                      header->e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64,
                      own[EI_CLASS] == ELFCLASS32 ? 32 : 64);
  if (header->e_ident[EI_DATA] != own[EI_DATA])
    return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                      "the object is of the other byte order");
  if (header->e_machine != __ehdr_start.e_machine)
    return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                      "the object is for ELF machine %d; expected %d, this machine",
                      header->e_machine, __ehdr_start.e_machine);
  if (header->e_type != ET_DYN)
    return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                      "the object is of ELF type %d; expected a shared object (%d)", header->e_type,
                      ET_DYN);
  return true;
}

/* A segment that ends beyond the file would be a bus error when it is touched. */
static bool check_segments(Elf *elf, uint64_t size, mfg_verdict *verdict) {
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0)
    return refuse_damaged(verdict, "the program headers cannot be read");
  bool dynamic = false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, (int)i, &segment) == NULL)
      return refuse_damaged(verdict, "a program header cannot be read");
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
      return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                        "the file is truncated: a segment of %llu bytes begins at %llu, the file "
                        "has %llu bytes",
                        (unsigned long long)segment.p_filesz, (unsigned long long)segment.p_offset,
                        (unsigned long long)size);
    dynamic |= segment.p_type == PT_DYNAMIC;
  }
  if (!dynamic)
    return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                      "the object has no dynamic segment; expected a shared object");
  return true;
}

/* The sanitizers whose runtime the dynamic symbols of a section ask for. */
static uint32_t wanted_sanitizers(Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
  uint32_t wanted = 0;
  Elf_Data *data = elf_getdata(section, NULL);
  size_t count = data != NULL && header->sh_entsize != 0 ? data->d_size / header->sh_entsize : 0;
  for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
    GElf_Sym symbol;
    const char *name = gelf_getsym(data, (int)i, &symbol) != NULL
                           ? elf_strptr(elf, header->sh_link, symbol.st_name)
                           : NULL;
    for (size_t k = 0; name != NULL && k < SANITIZER_COUNT; k++)
      if (strcmp(name, sanitizers[k].symbol) == 0) wanted |= sanitizers[k].sanitizer;
  }
  return wanted;
}

/* The same by the libraries that a dynamic section needs: an object may reach its runtime through
 * these alone. */
static uint32_t needed_sanitizers(Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
  static const char *const libraries[] = {"libasan.so", "libtsan.so", "libmsan.so"};
  uint32_t needed = 0;
  Elf_Data *data = elf_getdata(section, NULL);
  size_t count = data != NULL && header->sh_entsize != 0 ? data->d_size / header->sh_entsize : 0;
  for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
    GElf_Dyn entry;
    const char *name = NULL;
    if (gelf_getdyn(data, (int)i, &entry) != NULL && entry.d_tag == DT_NEEDED)
      name = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
    for (size_t k = 0; name != NULL && k < SANITIZER_COUNT; k++)
      if (strncmp(name, libraries[k], strlen(libraries[k])) == 0) needed |= sanitizers[k].sanitizer;
  }
  return needed;
}

static bool check_sanitizers(uint32_t found, mfg_verdict *verdict) {
  uint32_t foreign = found & ~mfg_process_sanitizers();
  for (size_t i = 0; i < SANITIZER_COUNT; i++)
    if (foreign & sanitizers[i].sanitizer)
      return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_SANITIZER,
                        "the object was built with %s (it needs %s), this program was not",
                        sanitizers[i].name, sanitizers[i].symbol);
  return true;
}

static bool check_sections(Elf *elf, mfg_verdict *verdict) {
  uint32_t found = 0;
  for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == NULL)
      return refuse_damaged(verdict, "a section header cannot be read");
    if (header.sh_type != SHT_DYNSYM && header.sh_type != SHT_DYNAMIC) continue;
    if (header.sh_size > LARGEST_SECTION)
      return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
                        "a dynamic section claims %llu bytes", (unsigned long long)header.sh_size);
    found |= header.sh_type == SHT_DYNSYM ? wanted_sanitizers(elf, section, &header)
                                          : needed_sanitizers(elf, section, &header);
  }
  return check_sanitizers(found, verdict);
}

bool mfg_object_inspect(int descriptor, mfg_verdict *verdict) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || status.st_size == 0)
    return mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF, "the file is empty");
  elf_version(EV_CURRENT);
  Elf *elf = elf_begin(descriptor, ELF_C_READ, NULL);
  if (elf == NULL) return refuse_damaged(verdict, "the file cannot be read as ELF");
  GElf_Ehdr header;
  bool usable = false;
  if (elf_kind(elf) != ELF_K_ELF)
    mfg_refuse(verdict, MFG_STAGE_OBJECT, MFG_REASON_BAD_ELF,
               "the file is not an ELF object: it does not begin with \\x7FELF");
  else if (gelf_getehdr(elf, &header) == NULL)
    refuse_damaged(verdict, "the ELF header cannot be read");
  else
    usable = check_header(&header, verdict) &&
             check_segments(elf, (uint64_t)status.st_size, verdict) && check_sections(elf, verdict);
  elf_end(elf);
  return usable;
}
