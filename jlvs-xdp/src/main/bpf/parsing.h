/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* From a frame to a flow. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "checksum.h"
#include "constants.h"

/* The ports, first in the headers of TCP, UDP and SCTP. */
struct ports {
	__be16 source;
	__be16 destination;
};

/* An IP packet in a frame; its header is whole. */
struct packet {
	struct ethhdr *ethernet;
	/* The one of the family. */
	struct iphdr *ip;
	struct ipv6hdr *ip6;
	struct ports *ports;
	/* The checksum of TCP or UDP. */
	__u16 *checksum;
	/* Length of the IP packet, without padding of the link layer. */
	__u32 length;
	/* Known when the program is compiled, which holds a copy of the way for each family. */
	__u8 family;
	__u8 protocol;
	/* TCP's flag byte, 0 for others. */
	__u8 tcp_flags;
	/* The checksum is a sum of the pseudo header alone, and is to stay one. */
	__u8 unfinished;
	/* Of the frame. */
	const void *end;
	/* Where the packet went that an ICMP error is about. */
	__be32 quoted_destination[4];
};

enum kind {
	/* Not for us, or so broken that the host may judge it. */
	KIND_FOREIGN,
	/* With ports, and of TCP or UDP with everything the program needs. */
	KIND_FLOW,
	/* Fragment, with options or extension headers, or without ports: only the director can tell
	 * whose it is. */
	KIND_ODD,
	/* ICMP error: odd, and it quotes another packet. */
	KIND_ERROR,
};

static __always_inline const void *addresses_of(const struct packet *packet)
{
	if (packet->family == FAMILY_IPV4)
		return &packet->ip->saddr;
	return &packet->ip6->saddr;
}

static __always_inline __u8 time_to_live(const struct packet *packet)
{
	return packet->family == FAMILY_IPV4 ? packet->ip->ttl : packet->ip6->hop_limit;
}

/* An error too short to quote a whole header is a flow's all the same, by its destination. */
static __always_inline enum kind parse_error(struct packet *packet, const void *quoted,
					     const void *end)
{
	if (packet->family == FAMILY_IPV4) {
		const struct iphdr *ip = quoted;
		if ((const void *)(ip + 1) > end)
			return KIND_ODD;
		packet->quoted_destination[0] = ip->daddr;
	} else {
		const struct ipv6hdr *ip6 = quoted;
		if ((const void *)(ip6 + 1) > end)
			return KIND_ODD;
		const __be32 *destination = (const void *)&ip6->daddr;
		packet->quoted_destination[0] = destination[0];
		packet->quoted_destination[1] = destination[1];
		packet->quoted_destination[2] = destination[2];
		packet->quoted_destination[3] = destination[3];
	}
	return KIND_ERROR;
}

static __always_inline int is_error(const struct packet *packet, __u8 type)
{
	if (packet->family == FAMILY_IPV6)
		return type < ICMPV6_INFORMATIONAL;
	return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_TIME_EXCEEDED;
}

static __always_inline enum kind parse_transport(struct packet *packet, void *transport,
						 __u32 header_bytes, const void *end)
{
	__u32 length = packet->length - header_bytes;

	packet->ports = transport;
	packet->tcp_flags = 0;
	if (packet->protocol == PROTOCOL_TCP) {
		if (transport + TCP_BYTES > end || length < TCP_BYTES)
			return KIND_FOREIGN;
		packet->tcp_flags = ((const __u8 *)transport)[13];
		packet->checksum = &((struct tcphdr *)transport)->check;
		return KIND_FLOW;
	}
	if (packet->protocol == PROTOCOL_UDP) {
		if (transport + UDP_BYTES > end || length < UDP_BYTES)
			return KIND_FOREIGN;
		packet->checksum = &((struct udphdr *)transport)->check;
		return KIND_FLOW;
	}
	if (packet->protocol == PROTOCOL_SCTP) {
		/* The host answers short ones: a service's are the director's, which drops them. */
		if (transport + SCTP_BYTES > end || length < SCTP_BYTES)
			return KIND_ODD;
		return KIND_FLOW;
	}
	if (packet->protocol == (packet->family == FAMILY_IPV4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6)) {
		if (transport + ICMP_BYTES > end || length < ICMP_BYTES)
			return KIND_FOREIGN;
		if (is_error(packet, *(const __u8 *)transport))
			return parse_error(packet, transport + ICMP_BYTES, end);
		return KIND_FOREIGN;
	}
	if (packet->protocol == PROTOCOL_AH || packet->protocol == PROTOCOL_ESP)
		return KIND_ODD;
	return KIND_FOREIGN;
}

static __always_inline enum kind parse_ipv4(struct packet *packet, void *data, const void *end,
					    __u32 bytes)
{
	packet->ip = data;
	if (data + IPV4_BYTES > end)
		return KIND_FOREIGN;
	packet->length = bpf_ntohs(packet->ip->tot_len);
	if (packet->length > bytes)
		return KIND_FOREIGN;
	packet->protocol = packet->ip->protocol;
	__u8 header = *(const __u8 *)data;
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
	return parse_transport(packet, data + IPV4_BYTES, IPV4_BYTES, end);
}

static __always_inline enum kind parse_ipv6(struct packet *packet, void *data, const void *end,
					    __u32 bytes)
{
	packet->ip6 = data;
	if (data + IPV6_BYTES > end || *(const __u8 *)data >> 4 != 6)
		return KIND_FOREIGN;
	packet->length = IPV6_BYTES + bpf_ntohs(packet->ip6->payload_len);
	if (packet->length > bytes)
		return KIND_FOREIGN;
	packet->protocol = packet->ip6->nexthdr;
	switch (packet->protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_FRAGMENT:
	case PROTOCOL_AH:
	case PROTOCOL_DESTINATION_OPTIONS:
		return KIND_ODD;
	default:
		return parse_transport(packet, data + IPV6_BYTES, IPV6_BYTES, end);
	}
}

/*
 * Fills what the kind allows: everything for a flow; frame, header and length for an odd packet.
 * The frame has `bytes` bytes, of which those from `data` to `end` can be read.
 */
static __always_inline enum kind parse(struct packet *packet, void *data, const void *end,
				       __u32 bytes, __u8 family)
{
	packet->family = family;
	packet->ethernet = data;
	packet->end = end;
	if (family == FAMILY_IPV4)
		return parse_ipv4(packet, data + ETHERNET_BYTES, end, bytes - ETHERNET_BYTES);
	return parse_ipv6(packet, data + ETHERNET_BYTES, end, bytes - ETHERNET_BYTES);
}
