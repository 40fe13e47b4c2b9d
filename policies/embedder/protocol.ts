import type { AskRequest, CancelMessage, OpenRequest, Reply } from '../models/gguf/exchange.ts';

/** Texts to embed, each on its own. */
export interface EmbedMessage extends AskRequest {
  readonly questions: readonly Text[];
}

export interface Text {
  /** Names the text in answers. */
  readonly id: number;
  readonly text: string;
}

export interface Vector {
  readonly id: number;
  readonly vector: readonly number[];
}

export interface EmbedderOpened {
  readonly type: 'opened';
  readonly dimensions: number;
  /** How the vectors of a text's tokens become one, for people. */
  readonly pooling: string;
  /** Why similarities may mean little. */
  readonly caveat?: string;
  /** Longest text, in tokens, the model's own frame included. */
  readonly longest: number;
  /** For the log: what runs the model. */
  readonly device: string;
  readonly description: string;
}

export type ToEmbedder = OpenRequest | EmbedMessage | CancelMessage;
export type FromEmbedder = Reply<EmbedderOpened, Vector>;
