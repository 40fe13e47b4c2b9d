import { availableParallelism } from 'node:os';
import {
  getLlama,
  type Llama,
  LlamaLogLevel,
  type LlamaModel,
  type LlamaModelOptions,
  NoBinaryFoundError,
} from 'node-llama-cpp';
import { EngineError, type Placement } from './exchange.ts';

/**
 * llama.cpp on the device that is asked for. Its errors go to the process's error output.
 * @throws {EngineError} device
 */
export async function openLlama({ gpu, threads }: Placement): Promise<Llama> {
  try {
    const llama = await getLlama({
      build: 'never',
      // Vulkan is left out: it is picked with no device at all where a software driver is installed.
      gpu: gpu === 'auto' ? { type: 'auto', exclude: ['vulkan'] } : gpu,
      logLevel: LlamaLogLevel.error,
      logger: (_, message) => process.stderr.write(message),
      maxThreads: threads || availableParallelism(),
    });
    if (gpu !== 'auto' && llama.gpu !== gpu) throw new EngineError('device', `this machine has no ${gpu}`);
    if (threads === 0)
      llama.maxThreads = Math.min(availableParallelism(), llama.cpuMathCores || availableParallelism());
    return llama;
  } catch (error) {
    if (error instanceof EngineError) throw error;
    if (error instanceof NoBinaryFoundError)
      throw new EngineError('device', `node-llama-cpp has no build for ${gpu || 'the CPU of this machine'}`);
    throw new EngineError('device', (error as Error).message);
  }
}

/** @throws {EngineError} model */
export async function loadModel(llama: Llama, options: LlamaModelOptions): Promise<LlamaModel> {
  try {
    return await llama.loadModel(options);
  } catch (error) {
    throw new EngineError('model', (error as Error).message);
  }
}

/** What runs a model, for people: "CPU, 1 thread", "cuda (NVIDIA H200, 20 of 35 layers)". */
export async function deviceOf(llama: Llama, model: LlamaModel, threads: number): Promise<string> {
  if (!llama.gpu || model.gpuLayers === 0) return `CPU, ${threads} thread${threads === 1 ? '' : 's'}`;
  const names = [...new Set(await llama.getGpuDeviceNames())].join(', ');
  return `${llama.gpu} (${names}, ${model.gpuLayers} of ${model.fileInsights.totalLayers} layers)`;
}
