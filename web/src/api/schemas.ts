// What the server answers, as its API document says.
import type { Schemas } from '../../../client/index.ts';

export type Person = Schemas['Person'];
export type Video = Schemas['Video'];
export type Extraction = Schemas['Extraction'];
export type Status = Schemas['Status'];
export type Recipe = Video['recipe'];
export type Frame = Schemas['Frame'];
export type Notification = Schemas['Notification'];
export type Session = Schemas['Session'];
export type ApiKey = Schemas['ApiKey'];
export type NewApiKey = Schemas['NewApiKey'];
export type Link = Schemas['DownloadLink'];
export type NewLink = Schemas['NewDownloadLink'];
export type Webhook = Schemas['Webhook'];
