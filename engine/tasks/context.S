/*
 * void context_swap(void **from_sp, void *to_sp)
 *
 * Pushes the registers that belong to the caller, leaves the stack pointer in *from_sp, takes the
 * other one and pops what was pushed there. All frames that are left this way look alike, so the
 * unwinding information holds on either side.
 *
 * context_begin: what a new stack returns into. Calls the function whose address is in a saved
 * register with the other saved register as its argument. For an unwinder it is the outermost
 * frame.
 */
#if defined(__x86_64__)

/* rbp rbx r12-r15, the control bits of SSE and x87: 64 bytes with the return address. */

        .text
        .hidden context_swap
        .globl  context_swap
        .type   context_swap, @function
        .p2align 4
context_swap:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        ret
        .cfi_endproc
        .size   context_swap, . - context_swap

        .hidden context_begin
        .globl  context_begin
        .type   context_begin, @function
        .p2align 4
        .cfi_startproc
        .cfi_undefined %rip
        nop                             /* an unwinder looks one byte before the return address */
context_begin:
        xorl    %ebp, %ebp
        movq    %r12, %rdi
        callq   *%r13
        ud2
        .cfi_endproc
        .size   context_begin, . - context_begin

/* Indirect branch tracking is supported (bit 0), shadow stacks are not (bit 1). */
        .section .note.gnu.property, "a"
        .p2align 3
        .long   4, 16, 5
        .asciz  "GNU"
        .long   0xc0000002, 4, 1, 0

#elif defined(__aarch64__)

/* x19-x30, d8-d15, FPCR: 176 bytes. hint 34 is bti c, which older processors take for a nop. */

        .text
        .hidden context_swap
        .globl  context_swap
        .type   context_swap, %function
        .p2align 4
context_swap:
        .cfi_startproc
        hint    #34
        sub     sp, sp, #176
        .cfi_adjust_cfa_offset 176
        stp     x19, x20, [sp]
        .cfi_rel_offset x19, 0
        .cfi_rel_offset x20, 8
        stp     x21, x22, [sp, #16]
        .cfi_rel_offset x21, 16
        .cfi_rel_offset x22, 24
        stp     x23, x24, [sp, #32]
        .cfi_rel_offset x23, 32
        .cfi_rel_offset x24, 40
        stp     x25, x26, [sp, #48]
        .cfi_rel_offset x25, 48
        .cfi_rel_offset x26, 56
        stp     x27, x28, [sp, #64]
        .cfi_rel_offset x27, 64
        .cfi_rel_offset x28, 72
        stp     x29, x30, [sp, #80]
        .cfi_rel_offset x29, 80
        .cfi_rel_offset x30, 88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x9, fpcr
        mov     x10, sp
        str     x9, [sp, #160]
        str     x10, [x0]
        mov     sp, x1
        ldr     x9, [sp, #160]
        msr     fpcr, x9
        ldp     d14, d15, [sp, #144]
        ldp     d12, d13, [sp, #128]
        ldp     d10, d11, [sp, #112]
        ldp     d8, d9, [sp, #96]
        ldp     x29, x30, [sp, #80]
        ldp     x27, x28, [sp, #64]
        ldp     x25, x26, [sp, #48]
        ldp     x23, x24, [sp, #32]
        ldp     x21, x22, [sp, #16]
        ldp     x19, x20, [sp]
        add     sp, sp, #176
        .cfi_restore x19
        .cfi_restore x20
        .cfi_restore x21
        .cfi_restore x22
        .cfi_restore x23
        .cfi_restore x24
        .cfi_restore x25
        .cfi_restore x26
        .cfi_restore x27
        .cfi_restore x28
        .cfi_restore x29
        .cfi_restore x30
        .cfi_adjust_cfa_offset -176
        ret
        .cfi_endproc
        .size   context_swap, . - context_swap

        .hidden context_begin
        .globl  context_begin
        .type   context_begin, %function
        .p2align 4
        .cfi_startproc
        .cfi_undefined x30
        nop
context_begin:
        mov     x29, #0
        mov     x30, #0
        mov     x0, x19
        blr     x20
        brk     #1
        .cfi_endproc
        .size   context_begin, . - context_begin

/* BTI and pointer authentication are supported (bits 0 and 1), guarded control stacks are not. */
        .section .note.gnu.property, "a"
        .p2align 3
        .word   4, 16, 5
        .asciz  "GNU"
        .word   0xc0000000, 4, 3, 0

#endif

#if defined(__linux__)
        .section .note.GNU-stack, "", %progbits
#endif
