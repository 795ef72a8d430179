/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module: LLVM brought up for one processor, code made, kept on disk, and linked.
 *
 * The key of kept code is the text of the IR with the processor and the version of LLVM, so that
 * nothing but the same code for the same machine is ever found. */
#include "compiler.h"

#include "emit.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values are vectors already: what is left to do before code is chosen is small. */
#define PASSES "function(early-cse,instcombine,early-cse)"
#define MOST_SYMBOLS 256

struct cpu_code_engine {
  const cpu_code_target *target;
  LLVMTargetMachineRef machine;
  char *processor; /* triple, name and features: part of the key */
};

struct cpu_code_object {
  LLVMOrcLLJITRef linker;
};

/* Nothing of LLVM is taken down when the program ends: a compilation may still be running on its
 * thread, and what ends with the process needs no order. The archives' calls come here. */
int __cxa_atexit(void (*function)(void *), void *argument, void *object);
int __cxa_atexit(void (*function)(void *), void *argument, void *object) {
  (void)function, (void)argument, (void)object;
  return 0;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Features of this processor without those above the level. */
static char *level_features(const char *level) {
  static const char none[] = ",-avx512f";
  char *host = LLVMGetHostCPUFeatures();
  size_t size = strlen(host) + sizeof none;
  char *features = malloc(size);
  if (features != NULL) {
    snprintf(features, size, "%s%s", host, strcmp(level, "avx2") == 0 ? none : "");
    if (strcmp(level, "baseline") == 0) *features = '\0';
  }
  LLVMDisposeMessage(host);
  return features;
}

static bool engine_fill(cpu_code_engine *engine) {
  static const char format[] = "%s %s %s";
  const char *level = engine->target->level;
  bool baseline = strcmp(level, "baseline") == 0;
  char *triple = LLVMGetDefaultTargetTriple(), *host = LLVMGetHostCPUName(), *message = NULL;
  char *features = level_features(level);
  const char *name = !baseline ? host : strncmp(triple, "x86_64", 6) == 0 ? "x86-64" : "generic";
  LLVMTargetRef target;
  if (features != NULL && LLVMGetTargetFromTriple(triple, &target, &message) == 0)
    engine->machine =
        LLVMCreateTargetMachine(target, triple, name, features, LLVMCodeGenLevelDefault,
                                LLVMRelocPIC, LLVMCodeModelDefault);
  if (engine->machine != NULL) {
    size_t size = sizeof format + strlen(triple) + strlen(name) + strlen(features);
    engine->processor = malloc(size);
    if (engine->processor != NULL)
      snprintf(engine->processor, size, format, triple, name, features);
  }
  free(features);
  LLVMDisposeMessage(triple);
  LLVMDisposeMessage(host);
  if (message != NULL) LLVMDisposeMessage(message);
  return engine->processor != NULL;
}

static void engine_close(cpu_code_engine *engine) {
  if (engine->machine != NULL) LLVMDisposeTargetMachine(engine->machine);
  free(engine->processor);
  free(engine);
}

static cpu_code_engine *engine_open(const cpu_code_target *target, const char **message) {
  *message = "LLVM has no code generator for this processor";
  if (LLVMInitializeNativeTarget() != 0 || LLVMInitializeNativeAsmPrinter() != 0) return NULL;
  cpu_code_engine *engine = calloc(1, sizeof *engine);
  if (engine == NULL) return NULL;
  engine->target = target;
  if (engine_fill(engine)) return engine;
  engine_close(engine);
  return NULL;
}

/* ---- code ----------------------------------------------------------------------------------- */

static const char *const names[CPU_CODE_SECTIONS] = {"prologue", "epilogue"};

/* What went wrong, from a message of LLVM that is given back. */
static void tell(char *target, size_t capacity, const char *what, char *text) {
  snprintf(target, capacity, "%s: %s", what, text != NULL ? text : "no reason given");
}

static bool tell_error(LLVMErrorRef error, char *target, size_t capacity, const char *what) {
  if (error == LLVMErrorSuccess) return false;
  char *text = LLVMGetErrorMessage(error);
  tell(target, capacity, what, text);
  LLVMDisposeErrorMessage(text);
  return true;
}

static bool fill_module(const cpu_code_engine *engine, LLVMModuleRef module,
                        const cpu_code_section *sections, char *message, size_t capacity) {
  LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(engine->machine);
  char *triple = LLVMGetTargetMachineTriple(engine->machine);
  LLVMSetModuleDataLayout(module, layout);
  LLVMSetTarget(module, triple);
  LLVMDisposeTargetData(layout);
  LLVMDisposeMessage(triple);
  for (int i = 0; i < CPU_CODE_SECTIONS; i++)
    if (sections[i].store_count > 0 &&
        !emit_section(module, names[i], engine->target, &sections[i])) {
      tell(message, capacity, "a section", "out of memory");
      return false;
    }
  char *text = NULL;
  bool right = LLVMVerifyModule(module, LLVMReturnStatusAction, &text) == 0;
  if (!right) tell(message, capacity, "a section", text);
  LLVMDisposeMessage(text);
  return right;
}

static char *key_of(const cpu_code_engine *engine, LLVMModuleRef module) {
  static const char format[] = "LLVM %s, %s\n%s\n%s";
  char *text = LLVMPrintModuleToString(module);
  size_t size = sizeof format + sizeof MFG_LLVM_VERSION + sizeof PASSES +
                strlen(engine->processor) + strlen(text);
  char *key = malloc(size);
  if (key != NULL) snprintf(key, size, format, MFG_LLVM_VERSION, PASSES, engine->processor, text);
  LLVMDisposeMessage(text);
  return key;
}

static LLVMMemoryBufferRef generate(const cpu_code_engine *engine, LLVMModuleRef module,
                                    char *message, size_t capacity) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMErrorRef error = LLVMRunPasses(module, PASSES, engine->machine, options);
  LLVMDisposePassBuilderOptions(options);
  if (tell_error(error, message, capacity, "optimisation")) return NULL;
  LLVMMemoryBufferRef code = NULL;
  char *text = NULL;
  if (LLVMTargetMachineEmitToMemoryBuffer(engine->machine, module, LLVMObjectFile, &text, &code)) {
    tell(message, capacity, "code generation", text);
    code = NULL;
  }
  if (text != NULL) LLVMDisposeMessage(text);
  return code;
}

/* The object code of a module: kept from another time, or made now and kept. */
static LLVMMemoryBufferRef object_code(const cpu_code_engine *engine, LLVMModuleRef module,
                                       char *message, size_t capacity) {
  const cpu_code_target *target = engine->target;
  char *key = key_of(engine, module);
  LLVMMemoryBufferRef code = NULL;
  size_t size = 0;
  unsigned char *kept = key != NULL ? target->read(target->context, key, &size) : NULL;
  if (kept != NULL) {
    code = LLVMCreateMemoryBufferWithMemoryRangeCopy((const char *)kept, size, "kept");
    free(kept);
  } else {
    code = generate(engine, module, message, capacity);
    if (code != NULL && key != NULL)
      target->write(target->context, key, (const unsigned char *)LLVMGetBufferStart(code),
                    LLVMGetBufferSize(code));
  }
  free(key);
  return code;
}

/* ---- linking -------------------------------------------------------------------------------- */

struct symbols {
  LLVMOrcLLJITRef linker;
  __typeof__(*(LLVMOrcCSymbolMapPairs)NULL) list[MOST_SYMBOLS];
  size_t count;
};

static void symbol_add(struct symbols *symbols, const char *name, const void *address) {
  if (address == NULL || symbols->count == MOST_SYMBOLS) return;
  __typeof__(symbols->list[0]) *symbol = &symbols->list[symbols->count++];
  memset(symbol, 0, sizeof *symbol);
  symbol->Name = LLVMOrcLLJITMangleAndIntern(symbols->linker, name);
  symbol->Sym.Address = (LLVMOrcExecutorAddress)(uintptr_t)address;
  symbol->Sym.Flags.GenericFlags = LLVMJITSymbolGenericFlagsExported;
}

/* Functions that the section calls by name. */
static void add_called(struct symbols *symbols, const cpu_code_target *target,
                       LLVMModuleRef module) {
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f != NULL; f = LLVMGetNextFunction(f)) {
    size_t length;
    const char *name = LLVMGetValueName2(f, &length);
    unsigned operation, type;
    if (sscanf(name, "mfg_loop_%u_%u", &operation, &type) == 2)
      symbol_add(symbols, name, target->block(target->context, operation, (mfg_dtype)type));
    else if (sscanf(name, "mfg_vector_%u_%u", &operation, &type) == 2)
      symbol_add(symbols, name, target->vector(target->context, operation, (mfg_dtype)type));
  }
}

/* Functions that LLVM calls where the processor has no instruction. */
static void add_library(struct symbols *symbols) {
#define SYMBOL(name) symbol_add(symbols, #name, (const void *)(uintptr_t)name)
  SYMBOL(floor), SYMBOL(floorf), SYMBOL(ceil), SYMBOL(ceilf), SYMBOL(trunc), SYMBOL(truncf);
  SYMBOL(rint), SYMBOL(rintf), SYMBOL(fma), SYMBOL(fmaf), SYMBOL(sqrt), SYMBOL(sqrtf);
  SYMBOL(memcpy), SYMBOL(memset), SYMBOL(memmove);
#undef SYMBOL
}

static bool define_symbols(const cpu_code_engine *engine, LLVMModuleRef module,
                           LLVMOrcLLJITRef linker, char *message, size_t capacity) {
  struct symbols symbols = {.linker = linker};
  add_library(&symbols);
  add_called(&symbols, engine->target, module);
  LLVMOrcMaterializationUnitRef unit = LLVMOrcAbsoluteSymbols(symbols.list, symbols.count);
  LLVMErrorRef error = LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(linker), unit);
  if (error != LLVMErrorSuccess) LLVMOrcDisposeMaterializationUnit(unit);
  return !tell_error(error, message, capacity, "symbols");
}

static bool find_functions(LLVMOrcLLJITRef linker, const cpu_code_section *sections,
                           cpu_code_function **functions, char *message, size_t capacity) {
  for (int i = 0; i < CPU_CODE_SECTIONS; i++) {
    if (sections[i].store_count == 0) continue;
    LLVMOrcExecutorAddress address;
    LLVMErrorRef error = LLVMOrcLLJITLookup(linker, &address, names[i]);
    if (tell_error(error, message, capacity, "linking")) return false;
    functions[i] = (cpu_code_function *)(uintptr_t)address;
  }
  return true;
}

static void release(cpu_code_object *object) {
  LLVMConsumeError(LLVMOrcDisposeLLJIT(object->linker));
  free(object);
}

/* Takes the code. */
static cpu_code_object *link_code(const cpu_code_engine *engine, LLVMModuleRef module,
                                  LLVMMemoryBufferRef code, const cpu_code_section *sections,
                                  cpu_code_function **functions, char *message, size_t capacity) {
  cpu_code_object *object = calloc(1, sizeof *object);
  LLVMErrorRef error = object != NULL ? LLVMOrcCreateLLJIT(&object->linker, NULL)
                                      : LLVMCreateStringError("out of memory");
  if (tell_error(error, message, capacity, "the linker")) {
    LLVMDisposeMemoryBuffer(code);
    free(object);
    return NULL;
  }
  bool done = define_symbols(engine, module, object->linker, message, capacity);
  if (done) {
    error = LLVMOrcLLJITAddObjectFile(object->linker, LLVMOrcLLJITGetMainJITDylib(object->linker),
                                      code);
    done = !tell_error(error, message, capacity, "the object");
  } else {
    LLVMDisposeMemoryBuffer(code);
  }
  if (done && find_functions(object->linker, sections, functions, message, capacity)) return object;
  release(object);
  return NULL;
}

static cpu_code_object *compile(cpu_code_engine *engine, const cpu_code_section *sections,
                                cpu_code_function **functions, char *message, size_t capacity) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("kernel", context);
  cpu_code_object *object = NULL;
  if (fill_module(engine, module, sections, message, capacity)) {
    LLVMMemoryBufferRef code = object_code(engine, module, message, capacity);
    if (code != NULL)
      object = link_code(engine, module, code, sections, functions, message, capacity);
  }
  LLVMDisposeModule(module);
  LLVMContextDispose(context);
  return object;
}

const cpu_compiler *mfg_cpu_compiler(void);

MFG_EXPORT const cpu_compiler *mfg_cpu_compiler(void) {
  static const cpu_compiler compiler = {.version = CPU_COMPILER_VERSION,
                                        .open = engine_open,
                                        .close = engine_close,
                                        .compile = compile,
                                        .release = release};
  return &compiler;
}
