/** WebAssembly's JavaScript interface as far as the kernel uses it; the types of Node leave it out. */
interface Interface {
  readonly Memory: new (of: { initial: number; maximum: number; shared: true }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { env: { memory: Memory } }) => { readonly exports: Exports };
}

/** A memory that threads share. */
export interface Memory {
  readonly buffer: SharedArrayBuffer;
  /** @param pages of 64 KiB */
  grow(pages: number): number;
}

interface Exports {
  /** Plays agents as the block at an address says. */
  readonly play: (address: number) => void;
}

export const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: Interface }).WebAssembly;
