import { serveParent } from '../policies/child-process.ts';
import { keepLastModel } from '../policies/models/gguf/kept-pool.ts';
import type { FromJob, ToJob } from '../queue/job-process.ts';
import { main } from './main.ts';

// The next job asks the same model, most probably.
await keepLastModel(true);

/** The other end of a JobProcess: runs the command lines that it is sent, one after the other. */
const send = serveParent<ToJob, FromJob>(async ({ directory, args }) => {
  let [stdout, stderr] = ['', ''];
  process.chdir(directory);
  const code = await main(args, {
    stdout: { write: (text: string) => void (stdout += text) },
    stderr: { write: (text: string) => void (stderr += text) },
    progress: (progress) => send({ progress }),
  });
  // The folder is removed by its owner, who may do so now.
  process.chdir('/');
  send({ ended: { code, stdout, stderr } });
});
