/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The Internet checksum, whole and incremental (RFC 1071, RFC 1624 equation 3). Sums are of 16-bit
 * words as loaded: one's complement addition doesn't mind the byte order.
 */
#pragma once

#include <linux/ip.h>
#include <linux/types.h>

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline int ipv4_checksum_holds(const struct iphdr *ip)
{
	const __u32 *word = (const void *)ip;

	return fold((__u64)word[0] + word[1] + word[2] + word[3] + word[4]) == 0xffff;
}

/* What changing a word adds to a sum. */
static __always_inline __u64 change32(__u32 from, __u32 to)
{
	return (__u64)(__u32)~from + to;
}

static __always_inline __u64 change16(__u16 from, __u16 to)
{
	return (__u64)(__u16)~from + to;
}

static __always_inline __u16 checksum_with(__u16 checksum, __u64 change)
{
	return ~fold((__u16)~checksum + change);
}
