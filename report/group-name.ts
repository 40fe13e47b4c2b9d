/** A subgroup as a person would name it: its phrase, or "no context", "1 trait", "3 traits". */
export function groupName(by: string, group: string): string {
  if (by !== 'traits' && by !== 'contexts') return group;
  const one = by.slice(0, -1);
  return group === '0' ? `no ${one}` : `${group} ${group === '1' ? one : by}`;
}
