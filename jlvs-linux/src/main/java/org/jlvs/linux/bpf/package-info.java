/**
 * bpf(2): maps, programs, and objects that clang compiled for them. The data plane and its tools
 * call it.
 *
 * <p>An object is what {@code clang -O2 -g -target bpf} makes of C in libbpf's own style: maps are
 * structs in {@code SEC(".maps")} with {@code __uint} and {@code __type}, described by BTF (so
 * {@code -g} is needed); every function in a section {@code xdp}, {@code xdp.frags}, {@code tc} or
 * {@code socket} is a program named by its symbol; functions without a section may be called from
 * programs; global variables live in array maps {@code .rodata}, {@code .data} and {@code .bss},
 * and constants ({@code const volatile}) can be set before the program is loaded, where the
 * verifier then knows them. Not supported: CO-RE relocations, kernel functions, callbacks, maps of
 * maps.
 */
@NullMarked
package org.jlvs.linux.bpf;

import org.jspecify.annotations.NullMarked;
