import { openLanguageModel } from '../open-model.ts';
import { type ServerOptions, servedModel, serverOf, TEMPLATE } from '../server/backend.ts';
import type { LanguageModelTeacher } from '../teacher.ts';
import { BATCHED, BatchBackend, type BatchOptions } from './backend.ts';
import { BatchHttp } from './http.ts';
import { type Shape, shapes } from './shapes.ts';

/** The batch API of a server: that of its provider, OpenAI's of any other. */
export const shapeOf = (name: string, env?: ServerOptions['env']): Shape => {
  const { hosted } = serverOf(name, env);
  return hosted?.provider === 'anthropic' || hosted?.provider === 'gemini' ? shapes[hosted.provider] : shapes.openai;
};

/**
 * Opens a model behind a server as a teacher that is asked in batches: cheaper and slower, replies in words only. Its labels are
 * those of the same model asked at once.
 * @param name what follows `server:`, or `openai:MODEL`, `anthropic:MODEL`, `gemini:MODEL`
 * @param labels path of the label store
 * @throws {UnderstudyError} POLICY_ARGUMENT for a name or key that is wrong
 */
export function openBatch(
  name: string,
  options: ServerOptions & { readonly labels: string; readonly batch: BatchOptions },
): Promise<LanguageModelTeacher<BatchBackend>> {
  const { env, scenario, labels, batch, retry, log } = options;
  const { parsed, authorize } = serverOf(name, env);
  const [address] = parsed.addresses;
  const shape = shapeOf(name, env);
  const model = {
    ...servedModel(name, options),
    open: async () =>
      new BatchBackend(
        {
          ...{ shape, model: parsed.model, template: TEMPLATE },
          http: new BatchHttp(shape.root(address.url), authorize(address), retry),
        },
        scenario.actions,
        { ...(log && { log }), ...batch },
      ),
  };
  const record = { template: TEMPLATE, unreadable: BATCHED };
  return openLanguageModel(model, { scenario, labels, elicit: 'greedy', record, ...(log && { log }) });
}
