/** A setting as comparisons and trackers keep it: plain, under a name with dots. */
export type SettingValue = string | number | boolean;
