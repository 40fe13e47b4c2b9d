/** Where a model runs. */
export interface Placement {
  /** `auto`: CUDA or Metal where it is there, else the CPU. */
  readonly gpu: 'auto' | 'cuda' | 'metal' | false;
  /** 0: as many threads as the machine has cores for. */
  readonly threads: number;
}

/** Up to this size a model runs fastest on one thread of a CPU. */
const SMALL_BYTES = 64e6;

export const isSmall = (bytes: number) => bytes < SMALL_BYTES;

/** One thread of the CPU for a model under 64 MB, which a GPU does not speed up; all that is there for others. */
export function placementOf(bytes: number): Placement {
  return isSmall(bytes) ? { gpu: false, threads: 1 } : { gpu: 'auto', threads: 0 };
}
