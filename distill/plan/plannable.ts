/** What can be planned. */
export const plannable = ['dataset', 'stability', 'study'] as const;
export type Plannable = (typeof plannable)[number];
