package org.verbena.ndk;

/**
 * The first work request of a queue pair that failed; those behind it ended with {@link
 * NdkStatus#CANCELLED}.
 *
 * @param status how it failed
 * @param type what it was
 * @param requestContext the context it was posted with
 * @param providerErrorCode as {@link NdkResultsEx#providerErrorCode}
 */
public record NdkFailure(
    NdkStatus status, NdkOperationType type, long requestContext, int providerErrorCode) {}
