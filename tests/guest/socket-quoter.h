/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GUEST_SOCKET_QUOTER_H
#define TESTS_GUEST_SOCKET_QUOTER_H

/* The descriptor of its TPM, a stream socket; above all of service.h. */
#define SOCKET_QUOTER_TPM 10

#endif
