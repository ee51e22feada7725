/*
 * States what headers say of the structs, fields and constants the binding uses, as lines of
 * assembler that are read and not run, so that a cross compiler will do for another processor:
 *
 *	.ascii "abi NAME VALUE"
 *
 * abi_probe.inc is a list of SIZE, FIELD and CONSTANT lines, made from the generated classes.
 */
#include "rdma_core.h"
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#define VALUE(name, value) __asm__ volatile(".ascii \"abi " name " %c0\"" : : "i"(value));
#define SIZE(name, type) VALUE(name, sizeof(type))
#define FIELD(name, type, field, origin)                                  \
	VALUE(name, (long)offsetof(type, field) - (long)(origin)) \
	VALUE(name "$bytes", sizeof(((type *)0)->field))
#define CONSTANT(name) VALUE(#name, name)

/* struct epoll_event is packed on x86-64 only; EventSelector's key at 8 is in its data everywhere. */
_Static_assert(sizeof(struct epoll_event) <= 16, "epoll_event");
_Static_assert(offsetof(struct epoll_event, data) <= 8, "epoll_event.data");

void probe(void)
{
#include "abi_probe.inc"
}
