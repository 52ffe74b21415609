// First: it says in which order the layers of all style sheets stand.
import './styles/index.css';
import { render } from 'preact';
import { startPerson } from './api/person.ts';
import { App } from './app.tsx';
import { startLocale } from './i18n/index.ts';
import { startLive } from './live/live.ts';
import { startTheme } from './theme.ts';
import { restoreUploads } from './uploads/restore.ts';

startLocale();
startTheme();
startLive();
startPerson(({ id }) => void restoreUploads(id));

const place = document.getElementById('app');
if (place) render(<App />, place);
