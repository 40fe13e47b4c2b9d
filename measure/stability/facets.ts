/** What may change an answer beside what is asked about. */
export const facets = ['seed', 'temperature', 'order', 'paraphrase', 'batch'] as const;
export type Facet = (typeof facets)[number];

/** The facets that a crossed design can have as factors, orders first as they are nested in prompts; seeds repeat it. */
export const crossable = ['order', 'paraphrase', 'temperature', 'batch'] as const;
export type Crossable = (typeof crossable)[number];
