import { HUB, namedModels } from '../policies/models/catalog.ts';
import type { ListedModel } from '../policies/models/pull/listing.ts';
import type { PullReport } from '../policies/models/pull/present.ts';
import { custom, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';
import { amount, facts } from './wording.ts';

export default defineVerb({
  name: 'pull',
  summary: 'fetch a model, verified and resumable',
  description: [
    'Fetches a model to models/teachers/MODEL.gguf in the workspace, to be asked as --teacher MODEL or, if it embeds texts, to compare explanations as stability --embedder MODEL. Its licence is shown first. The download resumes where an earlier one stopped, is hashed on the way, and takes its place only if it is complete and has the SHA-256 that understudy pins for MODEL, otherwise that of --sha256, otherwise the one that the hub announces. Beside it, MODEL.json records source, revision, hash and licence. For a model in several files, name the first (NAME-00001-of-00003.gguf): the others are fetched with it, and the model’s hash is taken over the list of their hashes. Without MODEL, the models are listed.',
    'HF_TOKEN in the environment is sent to huggingface.co, and nowhere else, for models that require a login. HF_ENDPOINT names a mirror of the hub; files from there must have the same hash.',
  ].join('\n'),
  positionals: ['MODEL'],
  world: 'none',
  options: {
    from: text('Source of the model instead of its own address.', { placeholder: 'URL|FILE' }),
    sha256: custom(
      'Expected SHA-256 of a model that understudy does not pin.',
      'HASH',
      (value) => (/^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : undefined),
      'a SHA-256 of 64 hexadecimal digits',
    ),
  },
  examples: [
    ['understudy pull', 'the list of models: size, licence, which are here'],
    ['understudy pull gemma-3-4b', 'Gemma 3 4B instruct, 2.49 GB'],
    ['understudy pull gemma-3-4b-qat', "Google's own quantisation; gated: needs HF_TOKEN in the environment"],
    [
      'understudy pull gemma-3-4b --from ./google_gemma-3-4b-it-Q4_K_M.gguf',
      'the same from a file, on a machine without network',
    ],
    ['understudy pull all-minilm-l6-v2', 'a sentence embedder, 46 MB, for stability --embedder all-minilm-l6-v2'],
    ['understudy pull qwen --from https://example.org/qwen.gguf', 'any other GGUF; ask it as --teacher qwen'],
    ['understudy pull large --from ./large-00001-of-00003.gguf', 'a model in three files, named by the first'],
  ],
  async run({ values, positionals, signal, progress, log, report }) {
    const [model] = positionals;
    if (model === undefined) {
      const { listModels } = await import('../policies/models/pull/listing.ts');
      const models = await listModels(values.workspace);
      const lines = listed(models);
      report({ models }, [
        ...models.filter(({ embeds }) => !embeds).flatMap(lines),
        '',
        'For stability --embedder, which compares explanations:',
        ...models.filter(({ embeds }) => embeds).flatMap(lines),
        '',
        'Fetch one with understudy pull MODEL; any other GGUF with understudy pull NAME --from URL|FILE.',
      ]);
      return;
    }
    const { pull } = await import('../policies/models/pull/pull.ts');
    const { HF_ENDPOINT, HF_TOKEN } = process.env;
    if (HF_ENDPOINT && !URL.canParse(HF_ENDPOINT))
      throw new UsageError(`HF_ENDPOINT must be a URL, got "${HF_ENDPOINT}"`, 'pull');
    const hub = HF_ENDPOINT ? HF_ENDPOINT.replace(/\/+$/, '') : HUB;
    const result = await pull({
      model,
      workspace: values.workspace,
      from: values.from,
      sha256: values.sha256,
      hub,
      // A token is a secret between its owner and the hub.
      token: hub === HUB && HF_TOKEN ? HF_TOKEN.trim() : undefined,
      signal,
      progress,
      log,
    });
    report(result, pulledWords(result));
  },
});

/** A model in two lines: what to type and what it costs, then what it is. */
function listed(models: readonly ListedModel[]) {
  const width = Math.max(...models.map(({ name }) => name.length));
  const licences = Math.max(...models.map(({ licence }) => (licence?.name ?? UNKNOWN).length));
  return ({ name, description, bytes, licence, gated, here, fetched }: ListedModel): string[] => {
    const size = bytes === undefined ? '' : amount(bytes, 'bytes');
    const state = here
      ? 'here'
      : [...(gated ? ['gated: needs HF_TOKEN'] : []), ...(fetched ? [`${amount(fetched, 'bytes')} fetched`] : [])].join(
          ', ',
        );
    return [
      `${name.padEnd(width)}  ${size.padStart(8)}  ${(licence?.name ?? UNKNOWN).padEnd(licences)}  ${state}`.trimEnd(),
      `${' '.repeat(width)}  ${description}`,
    ];
  };
}

const UNKNOWN = 'licence unknown';

const compared = {
  pinned: 'as pinned by understudy',
  'announced by the server': 'as the server announced (pinned: no)',
  given: 'as given',
  'the list of bundled files': 'as understudy lists it',
  nothing: 'not compared: the server announces no hash, and --sha256 was not set',
} as const;

function pulledWords(result: PullReport): string[] {
  const { model, file, bytes, sha256, shards = [], verified, licence, present } = result;
  return [
    present ? `${model} is already here and undamaged.` : `${model} is here.`,
    ...facts([
      ['file', shards.length > 1 ? `${file} and ${shards.length - 1} more` : file],
      ['size', amount(bytes, 'bytes')],
      ['SHA-256', sha256],
      ['', compared[verified]],
      ['licence', licence ? `${licence.name}, ${licence.url}` : 'not known to understudy'],
      namedModels.some(({ name, embeds }) => embeds && name === model)
        ? ['use it as', `stability --embedder ${model}`]
        : ['ask it as', `--teacher ${model}`],
    ]),
  ];
}
