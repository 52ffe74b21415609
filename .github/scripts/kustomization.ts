import { isMap, isSeq, parseDocument, YAMLMap } from 'yaml';
import { Fault } from './program.ts';

/** An entry of a kustomization's `images`: the tag is the commit that the image was built from, the digest what runs. */
export interface Image {
  name: string;
  newName: string;
  newTag: string;
  digest: string;
}

/** The images that a kustomization names, with what is written of them. */
export function readImages(text: string): Partial<Image>[] {
  const { images = [] } = (parseDocument(text).toJS() ?? {}) as { images?: Partial<Image>[] };
  return images;
}

/**
 * Write images into a kustomization; other images, other lines and comments stay as they are.
 * @throws Fault `kustomization_invalid`
 */
export function writeImages(text: string, released: Image[]): string {
  const document = parseDocument(text);
  const list = document.get('images');
  if (document.errors.length > 0 || !isSeq(list))
    throw new Fault('kustomization_invalid', 'The kustomization has no list of images');
  for (const image of released) {
    const found = list.items.find((item) => isMap(item) && item.get('name') === image.name);
    const entry = isMap(found) ? found : new YAMLMap();
    if (!found) list.add(entry);
    for (const [key, value] of Object.entries(image)) entry.set(key, value);
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
