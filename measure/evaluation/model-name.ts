import { basename } from 'node:path';

/** How tables call a policy: "mlp" for student:mlp, "mine" for models/mine.onnx, others by their own name. */
export const modelName = (policy: string): string => {
  const short = policy.replace(/^student:/, '');
  return short.endsWith('.onnx') ? basename(short, '.onnx') : short;
};
