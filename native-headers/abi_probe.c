/*
 * Tells what headers say of the structs, fields and constants the binding uses, in the assembler
 * text the compiler makes of it: so a cross compiler's answer can be read without running it.
 * abi_probe.inc is a list of SIZE, FIELD and CONSTANT lines; AbiTest writes it from the generated
 * classes, compiles this file and compares.
 */
#include "rdma_core.h"
#include <errno.h>
#include <stddef.h>

#define ABI(name, value) __asm__ volatile("\nABI " name " %c0\n" : : "i"((long long)(value)));
#define SIZE(name, type) ABI(name, sizeof(type))
#define FIELD(name, type, field) ABI(name, offsetof(type, field))
#define CONSTANT(name) ABI(#name, name)

void abi_probe(void)
{
#include "abi_probe.inc"
}
