import { render } from 'preact';
import { App } from './app.tsx';
import { startLocale } from './i18n/index.ts';
import { startTheme } from './theme.ts';
import './styles/index.css';

startLocale();
startTheme();

const place = document.getElementById('app');
if (place) render(<App />, place);
