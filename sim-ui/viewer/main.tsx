import './no-eval.ts';
import { render } from 'preact';
import { followAcquaintances } from './acquaintances.ts';
import { App } from './app.tsx';
import { connect } from './connection.ts';
import { askForContrast } from './contrast.ts';
import { followLife } from './life.ts';
import { lookBack } from './past.ts';
import { followLinks } from './permalink.ts';
import { heldRecording, showRecording } from './recorded.ts';
import { lookForAgents } from './search.ts';
import { followWorkshop } from './workshop.ts';
import 'uplot/dist/uPlot.min.css';
import './style/colours.css';
import './style/base.css';
import './style/frame.css';
import './style/town.css';
import './style/charts.css';
import './style/inspector.css';
import './style/status.css';
import './style/timeline.css';
import './style/find.css';
import './style/contrast.css';
import './style/study.css';
import './style/narrow.css';

render(<App />, document.getElementById('app')!);
const recording = heldRecording();
if (recording === undefined) {
  lookBack();
  lookForAgents();
  askForContrast();
  followWorkshop();
}
followLinks();
followLife();
followAcquaintances();
if (recording === undefined) connect();
else void showRecording(recording);
