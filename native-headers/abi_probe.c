/*
 * Prints what this machine's headers say of the structs, fields and constants the binding uses.
 * abi_probe.inc is a list of SIZE, FIELD and CONSTANT lines; AbiTest writes it from the generated
 * classes, compiles this file and compares.
 */
#include "rdma_core.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#define SIZE(name, type) printf("%s %zu\n", name, sizeof(type));
#define FIELD(name, type, field) printf("%s %zu\n", name, offsetof(type, field));
#define CONSTANT(name) printf("%s %lld\n", #name, (long long)(name));

int main(void)
{
#include "abi_probe.inc"
	return 0;
}
