/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Checksums that a sender left to its device to finish. A host whose device offers that writes the
 * sum of the pseudo header in the place of the checksum and says the rest beside the packet, in its
 * sk_buff (CHECKSUM_PARTIAL of include/linux/skbuff.h), which XDP does not see. Devices that hand
 * sk_buffs on, like veth, hand such packets on, too.
 */
#pragma once

#include "checksum.h"
#include "layout.h"
#include "parsing.h"

#define SUM_STRIDE 512
/* Of the longest transport packet's length. */
#define SUM_HIGHEST_BIT 13
#define SUM_MOST ((2U << SUM_HIGHEST_BIT) - 1)

static __always_inline __u16 transport_bytes(const struct packet *packet)
{
	return packet->length - (packet->family == FAMILY_IPV4 ? IPV4_BYTES : IPV6_BYTES);
}

/* The sum of the pseudo header (RFC 9293, section 3.1), folded as the stack folds it. */
static __always_inline __u16 pseudo_sum(const struct packet *packet)
{
	const __u32 *word = addresses_of(packet);
	__u64 sum = (__u64)word[0] + word[1] + bpf_htons(transport_bytes(packet)) +
		    bpf_htons(packet->protocol);

	if (packet->family == FAMILY_IPV6)
		sum += (__u64)word[2] + word[3] + word[4] + word[5] + word[6] + word[7];
	return fold(sum);
}

/*
 * Adds up the piece of `size` bytes, a power of two from 4 on, among `bytes` bytes from `at` on that
 * are cut into one piece for each bit of their number, the largest first; 0 when the frame ends
 * before it.
 */
static __always_inline int sum_piece(const void *at, const void *end, __u32 bytes, __u32 size,
				     __s64 *total)
{
	const void *piece = at + (bytes & SUM_MOST & ~(2 * size - 1));

	if (piece + size > end)
		return 0;
#pragma unroll
	for (__u32 offset = 0; offset < size; offset += SUM_STRIDE)
		*total = bpf_csum_diff(0, 0, (void *)piece + offset,
				       size < SUM_STRIDE ? size : SUM_STRIDE, *total);
	return 1;
}

/*
 * Adds up `bytes` bytes of the frame from `at` on, in strides that every kernel's bpf_csum_diff()
 * takes; answers 0 when the frame ends before them, or they are too many. Where a piece lies is
 * computed from their number alone: of a position that is carried on, the verifier would follow
 * every way to it through the rest of the program.
 */
static __always_inline int sum_bytes(const void *at, const void *end, __u32 bytes, __u64 *sum)
{
	__s64 total = 0;

	if (bytes > SUM_MOST)
		return 0;
	barrier_var(bytes);
#pragma unroll
	for (int bit = SUM_HIGHEST_BIT; bit >= 2; bit--) {
		if (bytes & 1 << bit && !sum_piece(at, end, bytes, 1 << bit, &total))
			return 0;
	}
	*sum = (__u32)total;
	if (bytes & 2) {
		const void *piece = at + (bytes & SUM_MOST & ~3);
		/* Or the compiler compares with a place before the end, which the verifier refuses. */
		barrier_var(piece);
		if (piece + 2 > end)
			return 0;
		*sum += *(const __u16 *)piece;
	}
	if (bytes & 1) {
		const void *piece = at + (bytes & SUM_MOST & ~1);
		barrier_var(piece);
		if (piece + 1 > end)
			return 0;
		*sum += *(const __u8 *)piece;
	}
	return 1;
}

/*
 * Makes the packet's checksum one that can be updated and sent, or notes that it stays unfinished.
 * One that is finished already, and by chance looks as if it were not, stays as it is. Answers 0
 * when the program can't tell.
 */
static __always_inline int settle_checksum(const struct settings *settings, struct packet *packet)
{
	__u64 sum;

	packet->unfinished = 0;
	if (!settings->unfinished || packet->protocol == PROTOCOL_SCTP ||
	    *packet->checksum != pseudo_sum(packet))
		return 1;
	if (!sum_bytes(packet->ports, packet->end, transport_bytes(packet), &sum))
		return 0;
	/* The pseudo header's part is in the sum: it is what the field holds. */
	__u16 finished = ~fold(sum);
	if (finished == *packet->checksum)
		return 1;
	if (settings->unfinished == UNFINISHED_KEPT) {
		packet->unfinished = 1;
		return 1;
	}
	if (!finished && packet->protocol == PROTOCOL_UDP)
		finished = 0xffff;
	*packet->checksum = finished;
	return 1;
}
