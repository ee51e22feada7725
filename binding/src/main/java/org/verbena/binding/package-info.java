/** The hand-written half of the rdma-core binding: inlines, errno, start-up errors. */
package org.verbena.binding;
