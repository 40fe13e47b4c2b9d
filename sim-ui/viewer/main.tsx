import './no-eval.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { connect } from './connection.ts';
import 'uplot/dist/uPlot.min.css';
import './style/colours.css';
import './style/base.css';
import './style/frame.css';
import './style/town.css';
import './style/charts.css';
import './style/inspector.css';
import './style/status.css';
import './style/narrow.css';

render(<App />, document.getElementById('app')!);
connect();
