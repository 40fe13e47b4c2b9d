import { killBatches } from '../distill/dataset/batch-kills.test-support.ts';
import { sequence } from '../env/random.ts';
import { setup } from '../tools/compiled.ts';

/**
 * Data sets in batches whose process is ended by SIGKILL at random moments: `npm run bench -- batches [KILLS]`. Prints for each
 * service how often a question was paid for at most.
 */
export async function batches(kills = 100): Promise<void> {
  await setup();
  for (const shape of ['openai', 'anthropic', 'gemini'] as const) {
    const { killed, sets, most } = await killBatches(shape, Math.ceil(kills / 3), sequence(kills, 'sampling'));
    console.log(
      `  ${shape}: ${killed} kills over ${sets} data sets of 30 questions, each paid for at most ${most} time(s)`,
    );
  }
}
