import { grouped } from '../report/wording.ts';
import { limitOptions } from './limits.ts';
import { integer, number, text } from './options.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'serve',
  summary: 'the town in the browser: watch, pause, swap the policy',
  description: [
    'Serves the viewer on this machine only (127.0.0.1) and prints its URL. That URL controls the run; without its token a viewer can only watch, and language models are not asked for it. The token is kept in the workspace (.understudy/viewer-token, for your eyes only), so the URL holds when you serve again; delete the file for a new one. GET /api/health reports the state of the run.',
    'Who controls the run may also change the parameters of the scenario, each time in a run that begins anew. The workspace keeps the values that it was made with.',
    'Under Study, who controls the run may ask a teacher, train students and make a whole study, as dataset, train, evaluate and study do it; what is trained can be chosen at once. GET /report/ is the report of the workspace.',
    'With --max-cost, --max-questions or --max-tokens all that the run and its pages ask language models is held to that: the run pauses, work begun from a page ends, and both say why. While such work goes on under --max-cost or --max-tokens, the run’s own teacher waits for it.',
    'Ctrl-C ends it with exit status 0.',
  ].join('\n'),
  world: 'reads',
  options: {
    agents: integer('Number of people in the town.', { default: 10_000, min: 1 }),
    network: text(
      'Neighbours, in a scenario that has them: ring:K, small-world:K,P, scale-free:M, or a CSV file of edges.',
      {
        shown: "the scenario's",
        placeholder: 'NETWORK',
      },
    ),
    policy: text('Policy at the start: student:NAME, a path to .onnx, constant:P, uniform or a teacher.', {
      shown: 'student:mlp, or who is there: another student, otherwise the teacher',
      placeholder: 'POLICY',
    }),
    teacher: text('Teacher to swap to and to compare with.', {
      shown: 'tiny or oracle, by the scenario',
    }),
    'pause-above-failures': number(
      'Pause after a tick in which more than this share of agents got no answer; 1: never.',
      {
        default: 0.1,
        min: 0,
        max: 1,
        placeholder: 'SHARE',
      },
    ),
    'page-questions': integer(
      'Questions that studies and trainings begun from the page may put to a teacher that is not on this machine, all together; each asks somebody to agree first.',
      { default: 10_000, min: 0 },
    ),
    ...limitOptions,
    port: integer('Port on 127.0.0.1; 0 for any free one.', { default: 8642, min: 0, max: 65_535 }),
  },
  examples: [
    ['understudy serve', '10,000 agents under the bundled student'],
    ['understudy serve --agents 100000 --teacher gemma-3-4b --port 0', 'a larger town beside Gemma, on any free port'],
    ['understudy serve --json', 'prints {"url": …} as the last line on standard output'],
  ],
  async run({ values, scenario, reopen, source, signal, progress, log, report }) {
    const { agents, port, seed, workspace } = values;
    const { serve } = await import('../sim-ui/server/serve.ts');
    const serving = await serve({
      scenario,
      reopen,
      source,
      agents,
      network: values.network,
      policy: values.policy,
      teacher: values.teacher,
      pauseAboveFailures: values['pause-above-failures'],
      pageQuestions: values['page-questions'],
      port,
      seed,
      workspace,
      signal,
      progress,
      log: values.verbose ? log : undefined,
      onLimit: log,
    });
    const { policy, teacher } = serving;
    report({ url: serving.url, port: serving.port, agents, policy, teacher }, [
      `${grouped(agents)} agents under ${policy}, beside ${teacher}:`,
      '',
      `  ${serving.url}`,
      '',
      'Open it in a browser on this machine. Ctrl-C ends it.',
    ]);
    if (!signal.aborted) await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }));
    await serving.close();
  },
});
