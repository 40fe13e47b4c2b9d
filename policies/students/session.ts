import type { InferenceSession, Tensor } from 'onnxruntime-web';

/** An input or an output of an ONNX file, as the file declares it. */
export interface NetworkValue {
  readonly name: string;
  /** "float32", "int64", …; undefined for what is not a tensor (a sequence, a map). */
  readonly type?: string;
  /** A size in words, or of -1, may be any; empty where the file declares none. */
  readonly shape: readonly (number | string)[];
}

/** What a network computed, row-major; valid until the next run. */
export interface NetworkAnswer {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<unknown>;
}

/** An ONNX file that is loaded; input and output of a fixed size, so that a row's bits never depend on n. */
export interface Session {
  readonly inputs: readonly NetworkValue[];
  readonly outputs: readonly NetworkValue[];
  /** Columns of the input: what the file declares, otherwise what it was opened with. */
  readonly columns: number;
  /** @returns row-major; valid until the next run */
  run(input: Float32Array | BigInt64Array): Promise<Float32Array>;
  /** The same for an input of another number of rows, with what came out as it came out. */
  answer(input: Float32Array | BigInt64Array, rows: number): Promise<NetworkAnswer>;
  release(): Promise<void>;
}

/** Name of the output that holds a student's probabilities. */
export const OUTPUT = 'probabilities';

/**
 * Loads an ONNX file on onnxruntime's WebAssembly build: one thread and fixed-width SIMD, whose arithmetic the standard
 * fixes, so the same file gives the same bits on every machine.
 * @param shape of the input; a number of columns that the file declares goes before
 * @param assets where a browser finds the WebAssembly build; Node has it in the package
 */
export async function openSession(
  onnx: Uint8Array,
  [rows, wanted]: readonly [number, number],
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
  const output = session.outputNames.includes(OUTPUT) ? OUTPUT : session.outputNames[0]!;
  const inputs = session.inputMetadata.map(declared);
  const second = inputs[0]?.shape[1];
  const columns = typeof second === 'number' && second > 0 ? second : wanted;
  const compute = async (values: Float32Array | BigInt64Array, n: number): Promise<Tensor> => {
    const tensor: Tensor =
      values instanceof Float32Array
        ? new ort.Tensor('float32', values, [n, columns])
        : new ort.Tensor('int64', values, [n, columns]);
    // Other outputs of the file are not asked for.
    return (await session.run({ [input]: tensor }, [output]))[output]!;
  };
  return {
    inputs,
    columns,
    outputs: session.outputMetadata.map(declared),
    run: async (values) => (await compute(values, rows)).data as Float32Array,
    async answer(values, n) {
      const { type, dims, data } = await compute(values, n);
      return { type, shape: dims, values: data };
    },
    release: () => session.release(),
  };
}

const declared = (value: InferenceSession.ValueMetadata): NetworkValue =>
  value.isTensor ? { name: value.name, type: value.type, shape: value.shape } : { name: value.name, shape: [] };
