/** Settings of the readers: those of the experiment file, under the names used here. */
export type { DataSettings, EmojiData, IdxData, ImageFolderData } from '../../shared/experiment/schema';
