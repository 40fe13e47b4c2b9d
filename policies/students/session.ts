import type { InferenceSession, Tensor } from 'onnxruntime-web';

/** An ONNX file that is loaded: one input and one output, both of fixed size, so that a row's bits never depend on n. */
export interface Session {
  /** @returns row-major; valid until the next run */
  run(input: Float32Array | BigInt64Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Loads an ONNX file on onnxruntime's WebAssembly build: one thread and fixed-width SIMD, whose arithmetic the standard
 * fixes, so the same file gives the same bits on every machine.
 * @param shape of the input
 * @param assets where a browser finds the WebAssembly build; Node has it in the package
 */
export async function openSession(
  onnx: Uint8Array,
  shape: readonly [number, number],
  assets?: string,
): Promise<Session> {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.simd = 'fixed';
  ort.env.wasm.proxy = false;
  ort.env.logLevel = 'error';
  if (assets !== undefined) ort.env.wasm.wasmPaths = assets;
  const session: InferenceSession = await ort.InferenceSession.create(onnx, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const input = session.inputNames[0]!;
  const output = session.outputNames[0]!;
  return {
    async run(values) {
      const tensor: Tensor =
        values instanceof Float32Array
          ? new ort.Tensor('float32', values, shape)
          : new ort.Tensor('int64', values, shape);
      const results = await session.run({ [input]: tensor });
      return results[output]!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
