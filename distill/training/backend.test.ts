import { describe, expect, it } from 'vitest';
import { backends, openBackend } from './backend.ts';

describe('openBackend', () => {
  it('always finds one that computes, and says which and why', async () => {
    const lines: string[] = [];
    const { tf, name } = await openBackend({ log: (line) => lines.push(line) });
    expect(backends).toContain(name);
    expect(lines[0]).toContain(`training on ${name}`);
    expect([...tf.matMul(tf.tensor2d([1, 2], [1, 2]), tf.tensor2d([3, 4], [2, 1])).dataSync()]).toEqual([11]);
  });

  it('opens the one that is asked for, and leaves the process as it was', async () => {
    const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
    expect((await openBackend({ only: 'wasm' })).name).toBe('wasm');
    expect(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')).toBe(before);
    const cpu = await openBackend({ only: 'cpu' });
    expect(cpu.tf.getBackend()).toBe('cpu');
  });

  it('names the known ones', async () => {
    await expect(openBackend({ only: 'tpu' })).rejects.toThrow(
      'unknown backend: tpu (known: tfjs-node-gpu, tfjs-node, wasm, cpu)',
    );
  });
});
