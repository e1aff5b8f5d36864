/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* From a frame to a flow. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "checksum.h"
#include "constants.h"

/* The ports, first in TCP's header and in UDP's. */
struct ports {
	__be16 source;
	__be16 destination;
};

/* An IPv4 packet in a frame; its header is whole. */
struct packet {
	struct ethhdr *ethernet;
	struct iphdr *ip;
	struct ports *ports;
	/* The transport's checksum. */
	__u16 *checksum;
	/* Length of the IP packet, without padding of the link layer. */
	__u32 length;
	/* TCP's flag byte, 0 for UDP. */
	__u8 tcp_flags;
	/* The checksum is a sum of the pseudo header alone, and is to stay one. */
	__u8 unfinished;
	/* Of the frame. */
	const void *end;
};

enum kind {
	/* Not for us, or so broken that the host may judge it. */
	KIND_FOREIGN,
	/* TCP or UDP with everything the program needs. */
	KIND_FLOW,
	/* ICMP error, fragment, or with options: only the director can tell whose it is. */
	KIND_ODD,
};

static __always_inline enum kind parse_transport(struct packet *packet, const void *end)
{
	void *transport = packet->ip + 1;

	packet->ports = transport;
	if (packet->ip->protocol == PROTOCOL_TCP) {
		if (transport + TCP_BYTES > end || packet->length < IPV4_BYTES + TCP_BYTES)
			return KIND_FOREIGN;
		packet->tcp_flags = ((const __u8 *)transport)[13];
		packet->checksum = &((struct tcphdr *)transport)->check;
		return KIND_FLOW;
	}
	if (packet->ip->protocol == PROTOCOL_UDP) {
		if (transport + UDP_BYTES > end || packet->length < IPV4_BYTES + UDP_BYTES)
			return KIND_FOREIGN;
		packet->tcp_flags = 0;
		packet->checksum = &((struct udphdr *)transport)->check;
		return KIND_FLOW;
	}
	if (packet->ip->protocol == PROTOCOL_ICMP) {
		if (transport + ICMP_BYTES > end || packet->length < IPV4_BYTES + ICMP_BYTES)
			return KIND_FOREIGN;
		__u8 type = *(const __u8 *)transport;
		if (type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_TIME_EXCEEDED)
			return KIND_ODD;
	}
	return KIND_FOREIGN;
}

/* Fills what the kind allows: everything for a flow, frame, header and length for an odd packet. */
static __always_inline enum kind parse(struct xdp_md *ctx, struct packet *packet)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	packet->ethernet = data;
	packet->end = end;
	packet->ip = data + ETHERNET_BYTES;
	if ((void *)(packet->ip + 1) > end)
		return KIND_FOREIGN;
	if (packet->ethernet->h_proto != bpf_htons(ETHERTYPE_IPV4))
		return KIND_FOREIGN;
	packet->length = bpf_ntohs(packet->ip->tot_len);
	if (packet->length > end - (void *)packet->ip)
		return KIND_FOREIGN;
	__u8 header = *(const __u8 *)packet->ip;
	if (header != IPV4_PLAIN_HEADER) {
		__u32 header_bytes = (header & 0x0f) * 4;
		if (header >> 4 != 4 || header_bytes < IPV4_BYTES || packet->length < header_bytes)
			return KIND_FOREIGN;
		return KIND_ODD;
	}
	if (packet->length < IPV4_BYTES || !ipv4_checksum_holds(packet->ip))
		return KIND_FOREIGN;
	if (packet->ip->frag_off & bpf_htons(IPV4_FRAGMENT_MASK))
		return KIND_ODD;
	return parse_transport(packet, end);
}
