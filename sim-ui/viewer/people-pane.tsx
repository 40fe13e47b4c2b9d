import { AgentsTable } from './agents-table.tsx';
import { HistoryPane } from './history.tsx';
import { InspectorPanel } from './inspector.tsx';
import { pane } from './search.ts';
import { connection } from './store.ts';

const everyTab = [
  ['inspector', 'Inspector'],
  ['history', 'History'],
  ['table', 'Table'],
] as const;

/** One agent as it is or as it was, or all of them as a table. */
export function PeoplePane() {
  // The table is the server's work.
  const tabs = everyTab.filter(([name]) => connection.value !== 'recording' || name !== 'table');
  const shown = pane.value;
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const at = tabs.findIndex(([name]) => name === shown);
    const [next] = tabs[(at + by + tabs.length) % tabs.length]!;
    pane.value = next;
    document.getElementById(`tab-${next}`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="people-pane">
      <div class="tabs" role="tablist" aria-label="Agents">
        {tabs.map(([name, label]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={shown === name}
            aria-controls="people-panel"
            tabIndex={shown === name ? 0 : -1}
            onKeyDown={turn}
            onClick={() => {
              pane.value = name;
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="people-panel" class="people-panel" role="tabpanel" aria-labelledby={`tab-${shown}`}>
        {shown === 'table' ? <AgentsTable /> : shown === 'history' ? <HistoryPane /> : <InspectorPanel />}
      </div>
    </div>
  );
}
