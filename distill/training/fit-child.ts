import { UnderstudyError } from '../../env/error.ts';
import { serveParent } from '../../policies/child-process.ts';
import { openBackend } from './backend.ts';
import { fitNetwork } from './fit.ts';
import { type FromFit, numberedHere, type ToFit } from './fit-apart.ts';

/** The other end of fitApart: one fit, then its parent ends it. */
const send = serveParent<ToFit, FromFit>(({ backend, job }) => {
  void fitHere(backend, job).catch((error: unknown) =>
    send({
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
      ...(error instanceof UnderstudyError && { code: error.code }),
    }),
  );
});

async function fitHere(backend: string, job: ToFit['job']): Promise<void> {
  const { tf } = await openBackend({ only: backend });
  const state = await fitNetwork(tf, numberedHere(job), {
    onEpoch: (state, rowsASecond) => send({ type: 'epoch', state, rowsASecond }),
    onTried: (tried, latest) => send({ type: 'tried', tried, latest }),
  });
  send({ type: 'fitted', state });
}
