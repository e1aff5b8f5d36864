/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The director's part in the kernel: repeats for every packet of a connection what Java decided
 * for its first. See layout.h for what they share, director.h for the way of a packet.
 */
#include "answer.h"
#include "director.h"

SEC("xdp")
int director(struct xdp_md *ctx)
{
	return direct(ctx);
}

/* Sees what the host itself sends by the director's interfaces. */
SEC("tc")
int answer(struct __sk_buff *skb)
{
	translate_answer(skb);
	return TCX_NEXT;
}

/* Run by the driver on frames it gives to the host's stack. */
SEC("xdp")
int deliver(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_PASS;
}

/* Run by the driver on frames by which it finds out whether a device sends what is redirected. */
SEC("xdp")
int reflect(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
