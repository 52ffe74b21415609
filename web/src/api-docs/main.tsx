import '../styles/index.css';
import './api-docs.css';
import { render } from 'preact';
import { readJson, send } from '../api/send.ts';
import { startTheme } from '../theme.ts';
import type { ApiDocument } from './document.ts';
import { DocsView } from './DocsView.tsx';

startTheme();

const load = async () => (await readJson(await send('/openapi.json'))) as ApiDocument;
const place = document.getElementById('app');
if (place) render(<DocsView load={load} />, place);
