/** How far a long piece of work is. */
export interface ProgressEvent {
  /** What is being done, as a person would say it: "asking tiny". */
  readonly stage: string;
  readonly done: number;
  readonly of: number;
  /** What is counted, where it is not plain items. */
  readonly unit?: 'bytes';
  /** A detail worth showing now. */
  readonly note?: string;
  /** Numbers worth showing now, by what they are: { loss: ".0123" }. */
  readonly figures?: Readonly<Record<string, string>>;
  /** Stages that go on at the same time, this one among them. */
  readonly together?: readonly string[];
}

export type Progress = (event: ProgressEvent) => void;

/** What every verb's function takes beside its own options. */
export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  /** One line for the log. */
  readonly log?: (line: string) => void;
}
