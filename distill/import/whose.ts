import type { ImportOptions } from './options.ts';
import type { Profile } from './profile.ts';

const PEOPLE =
  'caseid|pid|uid|resp|respid|respnum|respondent|participant|subject|person|individual|household|user|worker|rater|annotator|judge|panelist|panellist';

/** Names of columns that say whose row it is. */
export const WHOSE = new RegExp(
  `(^|[^a-z])(id|${PEOPLE})([ _.-]?(id|no|nr|num|number|code))?$|[a-z](Id|ID)$|[a-z](RespNum|Respondent|Participant)$`,
  'i',
);

/** Names of columns of people, rather than of whatever has an id. */
const PERSON = new RegExp(
  `(^|[^a-z])(${PEOPLE})([ _.-]?(id|no|nr|num|number|code))?$|(RespNum|Respondent|Participant)`,
  'i',
);

/** Whether a column says whose row it is: an identifier, each with two rows or about so. */
export const isUnit = ({ name, values, many, repeats, missing }: Profile): boolean =>
  WHOSE.test(name) && missing === 0 && (many || values.size > 12) && repeats >= 1.5;

/** Whether a column says who answered, in a way that isUnit does not take for certain. */
export const maybeUnit = ({ name, values, repeats, present }: Profile): boolean =>
  PERSON.test(name) && values.size > 4 && repeats >= 1.5 && present > 0;

/** Whether each row is of another person. */
export const isEachOther = ({ name, values, many, present, repeats }: Profile): boolean =>
  PERSON.test(name) && (many ? repeats < 1.05 : values.size === present);

/** Columns that hold the rows of a choice together. */
export const keysIn = ({ key }: Pick<ImportOptions, 'key'>): readonly string[] =>
  key === undefined ? [] : typeof key === 'string' ? [key] : key;
