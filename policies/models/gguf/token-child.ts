/** The process in which prompts are counted: a native crash over a file ends this process and not the one that plans. */

import { serveParent } from '../../child-process.ts';
import { Chat } from './chat.ts';
import { loadModel, openLlama } from './llama.ts';

const send = serveParent<{ path: string; prompts: string[] }, { counts: number[] } | { failed: string }>(
  async ({ path, prompts }) => {
    try {
      const llama = await openLlama({ gpu: false, threads: 1 });
      const chat = new Chat(await loadModel(llama, { modelPath: path, vocabOnly: true }));
      send({ counts: prompts.map((prompt) => chat.tokens(prompt).length) });
    } catch (error) {
      send({ failed: (error as Error).message });
    }
  },
);
