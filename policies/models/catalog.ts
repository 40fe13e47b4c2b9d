import { existsSync } from 'node:fs';
import { pulledPaths } from '../../workspace/paths.ts';

/** What a model may be used for. */
export interface Licence {
  readonly name: string;
  /** Its text. */
  readonly url: string;
  /** What it demands of users of the model, in a sentence. */
  readonly terms: string;
}

interface Model {
  /** What `understudy pull` takes, and `--teacher`, or `--embedder` for one that embeds. */
  readonly name: string;
  readonly description: string;
  readonly licence: Licence;
  /** What a person should know before trusting it. */
  readonly caveat?: string;
  /** It turns texts into vectors (`--embedder`) and is not a teacher. */
  readonly embeds?: true;
}

/** Comes with the package; data/manifest.json has its size and SHA-256. */
export interface BundledModel extends Model {
  readonly bundled: true;
  /** Path under data/. */
  readonly file: string;
  /** The scenarios whose phrases and actions it was trained on; it knows no others. Absent: any. */
  readonly trainedFor?: readonly {
    readonly scenario: string;
    /** `hashOf` its phrases and actions. */
    readonly words: string;
  }[];
}

/** Downloaded by `understudy pull NAME` from the Hugging Face hub. */
export interface HubModel extends Model {
  readonly bundled: false;
  /** OWNER/NAME on the hub. */
  readonly repository: string;
  /** Commit of the repository; absent: its main branch, where only the hash says which file is meant. */
  readonly revision?: string;
  /** Path in the repository. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex; absent where no trustworthy source was found: then it is what the hub announces. */
  readonly sha256?: string;
  /** Whether the hub wants a login and the terms accepted: HF_TOKEN. */
  readonly gated: boolean;
}

export type NamedModel = BundledModel | HubModel;

const gemma: Licence = {
  name: 'Gemma Terms of Use',
  url: 'https://ai.google.dev/gemma/terms',
  terms:
    'They apply to the model and count students trained on its answers as model derivatives: pass the terms on with both.',
};

const gemma4: Licence = {
  name: 'Apache-2.0',
  url: 'https://ai.google.dev/gemma/docs/gemma_4_license',
  terms: 'Copies of the model are passed on with the licence and its notices.',
};

/**
 * Every model with a name of its own, the one table of `understudy pull` and of `openTeacher`. Hashes, sizes and
 * revisions are those that several independent public projects pin for the same file
 * (docs/decisions/0010-models-are-pinned-by-their-content.md).
 */
export const namedModels: readonly NamedModel[] = [
  {
    name: 'tiny',
    description: 'stand-in for Gemma that speaks a known rule; no trained opinion',
    bundled: true,
    file: 'teachers/tiny.gguf',
    licence: {
      name: 'MIT',
      url: 'https://opensource.org/license/mit',
      terms: 'Part of understudy. Its answers are not evidence about people, or about Gemma.',
    },
    trainedFor: [
      { scenario: 'ice-cream-v1', words: '6b2cd207e78b5339e4a37404703ee9e7f76faf1882a3e24f0a177331bd09f236' },
    ],
    caveat: 'a bundled stand-in of 0.4 M parameters that verbalises a planted rule; it is not Gemma',
  },
  {
    name: 'gemma-3-4b',
    description: 'Gemma 3 4B instruct, Q4_K_M, the default',
    bundled: false,
    repository: 'bartowski/google_gemma-3-4b-it-GGUF',
    revision: '71506238f970075ca85125cd749c28b1b0eee84e',
    file: 'google_gemma-3-4b-it-Q4_K_M.gguf',
    bytes: 2_489_758_112,
    sha256: '4996030242583a40aa151ff93f49ed787ac8c25e4120c3ae4588b2e2a7d1ae94',
    gated: false,
    licence: gemma,
  },
  {
    name: 'gemma-3-4b-q8_0',
    description: 'Gemma 3 4B instruct, Q8_0, nearest to the unquantised weights',
    bundled: false,
    // Not bartowski's: no public source pins that file's hash. Q8_0 rounds Google's weights the same way everywhere.
    repository: 'unsloth/gemma-3-4b-it-GGUF',
    file: 'gemma-3-4b-it-Q8_0.gguf',
    bytes: 4_130_402_176,
    sha256: '81bf0583ab5bad155a5a3b15d155a880a1a1e4f7de2de5c06f10f64ac49f8336',
    gated: false,
    licence: gemma,
  },
  {
    name: 'gemma-3-4b-qat',
    description: "Gemma 3 4B instruct, Google's own Q4_0 from quantisation-aware training",
    bundled: false,
    repository: 'google/gemma-3-4b-it-qat-q4_0-gguf',
    revision: '15f73f5eee9c28f53afefef5723e29680c2fc78a',
    file: 'gemma-3-4b-it-q4_0.gguf',
    bytes: 3_155_051_328,
    sha256: '76aed0a8285b83102f18b5d60e53c70d09eb4e9917a20ce8956bd546452b56e2',
    gated: true,
    licence: gemma,
  },
  {
    name: 'gemma-4-e2b',
    description: "Gemma 4 E2B instruct, Google's own Q4_0 from quantisation-aware training",
    bundled: false,
    repository: 'google/gemma-4-E2B-it-qat-q4_0-gguf',
    // Two other files had this name before 2026-07-17, when the vocabulary was corrected.
    revision: '675cff42a74c774d6cb76f76d8eacb49b48c9b93',
    file: 'gemma-4-E2B_q4_0-it.gguf',
    bytes: 3_349_516_256,
    sha256: 'fa401b55b07ee70a54c6dae3903c783a6e65064312529ea57175cb5f8dec6634',
    gated: false,
    licence: gemma4,
  },
  {
    name: 'gemma-4-e4b',
    description: 'Gemma 4 E4B instruct, Q4_K_M, as the makers of llama.cpp converted it',
    bundled: false,
    repository: 'ggml-org/gemma-4-E4B-it-GGUF',
    // The file is gone from the main branch since 2026-07-16; this commit still has it.
    revision: '2714b5519c6c3516b1000e7c5e1eba998dfe1fe8',
    file: 'gemma-4-E4B-it-Q4_K_M.gguf',
    bytes: 5_335_289_824,
    sha256: '90ce98129eb3e8cc57e62433d500c97c624b1e3af1fcc85dd3b55ad7e0313e9f',
    gated: false,
    licence: gemma4,
  },
  {
    name: 'all-minilm-l6-v2',
    description: 'all-MiniLM-L6-v2, F16, sentence embeddings of 384 dimensions, English',
    embeds: true,
    bundled: false,
    repository: 'second-state/All-MiniLM-L6-v2-Embedding-GGUF',
    revision: '544f204f2eaa2d71361ffc74d6df7170285b286a',
    file: 'all-MiniLM-L6-v2-ggml-model-f16.gguf',
    bytes: 45_949_216,
    sha256: '797b70c4edf85907fe0a49eb85811256f65fa0f7bf52166b147fd16be2be4662',
    gated: false,
    licence: {
      name: 'Apache-2.0',
      url: 'https://www.apache.org/licenses/LICENSE-2.0',
      terms: 'Copies of the model are passed on with the licence and its notices.',
    },
  },
];

/** Origin that named models come from. */
export const HUB = 'https://huggingface.co';

/** Where a named model's file is fetched: on the hub, or a mirror with the same paths. */
export function hubUrl({ repository, revision = 'main', file }: HubModel, hub: string = HUB): string {
  return `${hub}/${repository}/resolve/${revision}/${file}`;
}

/** Whether a name can be given to a pulled model: it becomes a file's name. */
export function isModelName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);
}

/** Whether a model was pulled under this name: also one that is in no table, `understudy pull NAME --from …`. */
export function wasPulled(workspace: string, name: string): boolean {
  return isModelName(name) && existsSync(pulledPaths(workspace, name).provenance);
}
