import type { PullReport } from '../distill/pull.ts';
import { custom, text } from './options.ts';
import { defineVerb } from './verb.ts';
import { amount, facts } from './wording.ts';

export default defineVerb({
  name: 'pull',
  summary: 'fetch a teacher model, verified and resumable',
  description: [
    'Fetches a model to models/teachers/MODEL.gguf in the workspace. The download is resumable and hashed on the way, compared with the SHA-256 that the hub announces, and put in its place only when it is whole. Without MODEL it lists the models that it knows.',
    'HF_TOKEN in the environment is sent to huggingface.co, and nowhere else, for models that ask for a login.',
  ].join('\n'),
  positionals: ['MODEL'],
  options: {
    from: text('Take the model from here instead of its known address.', { placeholder: 'URL|FILE' }),
    sha256: custom(
      'What the file must hash to.',
      'HASH',
      (value) => (/^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : undefined),
      'a SHA-256 of 64 hexadecimal digits',
    ),
  },
  examples: [
    ['understudy pull', 'the list of known models'],
    ['understudy pull gemma-3-4b', 'Gemma 3 4B instruct, 2.5 GB'],
    [
      'understudy pull gemma-3-4b --from ./google_gemma-3-4b-it-Q4_K_M.gguf',
      'the same from a file, where there is no network',
    ],
    [
      'understudy pull qwen --from https://example.org/qwen.gguf',
      'any other GGUF; ask it as gguf:models/teachers/qwen.gguf',
    ],
  ],
  async run({ values, positionals, signal, progress, log, report }) {
    const { knownModels, pull } = await import('../distill/pull.ts');
    const [model] = positionals;
    if (model === undefined) {
      report({ models: knownModels }, [
        ...knownModels.flatMap(({ name, description, licence }) => [
          `${name}`,
          `    ${description}`,
          `    licence: ${licence}`,
        ]),
        '',
        'Fetch one with understudy pull MODEL; any other GGUF with --from URL or --from FILE.',
      ]);
      return;
    }
    const url = values.from ?? knownModels.find(({ name }) => name === model)?.url;
    const result = await pull({
      model,
      workspace: values.workspace,
      from: values.from,
      sha256: values.sha256,
      token: isHub(url) ? process.env.HF_TOKEN : undefined,
      signal,
      progress,
      log,
    });
    report(result, pulledWords(result));
  },
});

/** A token is a secret between its owner and the hub. */
const isHub = (url: string | undefined) =>
  url !== undefined && URL.canParse(url) && new URL(url).origin === 'https://huggingface.co';

const compared = {
  'announced by the server': 'as the server announces',
  given: 'as given',
  'the list of bundled files': 'as listed',
  nothing: 'compared with nothing: the server announces none',
} as const;

function pulledWords(result: PullReport): string[] {
  return [
    result.present ? `${result.model} is here already and undamaged.` : `${result.model} is here.`,
    ...facts([
      ['file', result.file],
      ['size', amount(result.size, 'bytes')],
      ['SHA-256', `${result.sha256}, ${compared[result.verified]}`],
      ['licence', result.licence],
    ]),
    ...(result.terms ? [result.terms] : []),
  ];
}
