import '../styles/index.css';
import './api-docs.css';
import { render } from 'preact';
import { dataOf } from '../../../client/index.ts';
import { asAnyone } from '../api/anyone.ts';
import { startTheme } from '../theme.ts';
import type { ApiDocument } from './document.ts';
import { DocsView } from './DocsView.tsx';

startTheme();

// It describes every other answer, and nothing describes it.
const load = async () => (await dataOf(asAnyone.GET('/openapi.json'))) as unknown as ApiDocument;
const place = document.getElementById('app');
if (place) render(<DocsView load={load} />, place);
