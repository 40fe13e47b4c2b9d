import { duration } from '../report/planned.ts';
import { defaultScenario } from '../scenarios/default-scenario.ts';
import { flag, integer, list, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';
import { facts } from './wording.ts';

export default defineVerb({
  name: 'worker',
  summary: 'work on jobs that dataset, stability, sweep, … --queue share out',
  description: [
    'Takes jobs from a queue on a Redis or Valkey server, until it is stopped. A job is a part (a shard) of a command that was given --queue somewhere: it brings its files along, is run in a temporary folder, and its results go back to the server.',
    'Without --teacher: everything that needs no model of its own, which are replications, sweeps, students, rules and the bundled teacher. With --teacher: the questions to that model, and nothing else; a machine for both runs two workers.',
    'A job that a worker is stopped or killed over is done by another. One that fails is tried three times; its reason then stands in --status.',
    'Whoever can write to the server can have a worker compute. Scenarios in JavaScript or TypeScript are refused unless --allow-modules is given.',
  ].join('\n'),
  world: 'none',
  options: {
    queue: text('Server with the queue, always needed: redis://HOST:PORT/DB, or rediss:// for TLS.', {
      placeholder: 'redis://HOST:PORT/DB',
    }),
    teacher: list(
      text('Model that this machine has: a pulled one, gguf:PATH or server:URL#MODEL; give it again for more.', {
        placeholder: 'TEACHER',
        shown: 'none',
      }),
    ),
    concurrency: integer('Jobs at a time.', { min: 1, max: 1024, shown: 'the cores; 1 with --teacher' }),
    name: text('Name under which the worker is seen.', { shown: 'the machine and the number of the process' }),
    'allow-modules': flag(
      'Runs scenarios that are JavaScript or TypeScript, which is code of whoever can write to the server.',
    ),
    idle: integer('Seconds without a job after which it ends, as for a batch system.', { min: 1, shown: 'never' }),
    status: flag('Shows workers and jobs, with reasons of failures, and ends.'),
  },
  stopped: 'what it had begun is back in the queue',
  examples: [
    ['understudy worker --queue redis://lab:6379/0', 'all cores of this machine for jobs without a model'],
    ['understudy worker --queue redis://lab:6379/0 --teacher gemma-3-4b', 'a machine with a GPU (after pull)'],
    [
      'understudy worker --queue redis://lab/0 --teacher vllm:http://gpu/v1#M',
      'questions to an endpoint; --concurrency 4 asks for four jobs',
    ],
    ['understudy worker --queue redis://lab:6379/0 --status', 'who works on what, and what failed'],
  ],
  async run({ values, signal, log, report }) {
    const { queue, teacher, concurrency, workspace, name, idle } = values;
    if (queue === undefined) throw new UsageError('name the server: --queue redis://HOST:PORT/DB', 'worker');
    if (values.status) {
      const { queueStatus, statusLines } = await import('../queue/status.ts');
      const status = await queueStatus(queue);
      return report(status, statusLines(status, duration));
    }
    const { work } = await import('../queue/worker.ts');
    const done = await work({
      ...{ queue, teachers: teacher, workspace, signal, log, allowModules: values['allow-modules'] },
      ...{ scenario: defaultScenario, script: new URL('./job-child', import.meta.url) },
      ...(concurrency !== undefined && { concurrency }),
      ...(name !== undefined && { name }),
      ...(idle !== undefined && { idle: idle * 1000 }),
      onJob: ({ verb, run, index, of, seconds, failure }) =>
        log(
          `${verb} ${run}, job ${index} of ${of}: ${failure === undefined ? `done in ${duration(seconds)}` : `failed: ${failure}`}`,
        ),
    });
    report(
      done,
      facts([
        ['worker', done.name],
        ['done', String(done.done)],
        ['failed', String(done.failed)],
      ]),
    );
  },
});
