/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The end of a tunnel on a real server whose kernel has no tunnel devices: takes IP packets out of
 * IP packets (RFC 2003, 2473, 4213) and passes all on.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int end(struct xdp_md *ctx)
{
	struct ethhdr *outer = (void *)(long)ctx->data;
	struct iphdr *ipv4 = (void *)(outer + 1);
	struct ipv6hdr *ipv6 = (void *)(outer + 1);
	struct ethhdr ethernet;
	__u8 protocol;
	int bytes;

	if ((void *)(ipv4 + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	if (outer->h_proto == bpf_htons(ETH_P_IP)) {
		protocol = ipv4->protocol;
		bytes = ipv4->ihl * 4;
	} else if (outer->h_proto == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ipv6 + 1) > (void *)(long)ctx->data_end)
			return XDP_PASS;
		protocol = ipv6->nexthdr;
		bytes = sizeof(*ipv6);
	} else {
		return XDP_PASS;
	}
	if (protocol != IPPROTO_IPIP && protocol != IPPROTO_IPV6)
		return XDP_PASS;
	__builtin_memcpy(&ethernet, outer, sizeof(ethernet));
	ethernet.h_proto = bpf_htons(protocol == IPPROTO_IPIP ? ETH_P_IP : ETH_P_IPV6);
	if (bpf_xdp_adjust_head(ctx, bytes))
		return XDP_DROP;
	void *data = (void *)(long)ctx->data;
	if (data + sizeof(ethernet) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	__builtin_memcpy(data, &ethernet, sizeof(ethernet));
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
