/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Numbers of the wire formats that the program reads and writes (RFC 791, 792, 768, 8200, 9293). */
#pragma once

#include <linux/types.h>

#define ETHERNET_BYTES 14
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

/* Version 4 and five words of header: an IPv4 packet without options. */
#define IPV4_PLAIN_HEADER 0x45
#define IPV4_BYTES 20
/* More-fragments and the fragment offset. */
#define IPV4_FRAGMENT_MASK 0x3fff
#define IPV4_DO_NOT_FRAGMENT 0x4000

#define IPV6_BYTES 40

#define TCP_BYTES 20
#define UDP_BYTES 8
#define ICMP_BYTES 8

/* The first four and destination options are IPv6's extension headers (RFC 8200, 4302). */
#define PROTOCOL_HOP_BY_HOP 0
#define PROTOCOL_ROUTING 43
#define PROTOCOL_FRAGMENT 44
#define PROTOCOL_AH 51
#define PROTOCOL_DESTINATION_OPTIONS 60
#define PROTOCOL_ICMP 1
#define PROTOCOL_IPIP 4
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_IPV6 41
#define PROTOCOL_GRE 47
#define PROTOCOL_ESP 50
#define PROTOCOL_ICMPV6 58
#define PROTOCOL_SCTP 132

#define SCTP_BYTES 12
#define GRE_BYTES 4
#define GUE_BYTES 4

/* Explicit congestion notification in the DS field (RFC 3168). */
#define ECN_BITS 3
#define ECN_CAPABLE 2

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* The errors that belong to a connection, as ip_vs_in_icmp() of the kernel picks them. */
#define ICMP_UNREACHABLE 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_TIME_EXCEEDED 11
/* ICMPv6 types below it are errors. */
#define ICMPV6_INFORMATIONAL 128

/* Families as Linux numbers them. */
#define FAMILY_IPV4 2
#define FAMILY_IPV6 10
