import { serveParent } from '../policies/child-process.ts';
import type { FromJob, ToJob } from '../queue/job-process.ts';
import { main } from './main.ts';

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
