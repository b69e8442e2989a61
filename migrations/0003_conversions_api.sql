CREATE TABLE `conversion_changes` (
	`user_id` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `deleted_conversions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`change` integer NOT NULL,
	`deleted_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deleted_conversions_by_change` ON `deleted_conversions` (`user_id`,`change`);--> statement-breakpoint
CREATE INDEX `deleted_conversions_by_age` ON `deleted_conversions` (`deleted_at_ms`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`user_id` text NOT NULL,
	`key` text NOT NULL,
	`locked_until_ms` integer NOT NULL,
	`fingerprint` text,
	`conversion_id` text,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`user_id`, `key`),
	FOREIGN KEY (`conversion_id`) REFERENCES `conversions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_conversion` ON `idempotency_keys` (`conversion_id`);--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at_ms`);--> statement-breakpoint
CREATE TABLE `user_limits` (
	`user_id` text PRIMARY KEY NOT NULL,
	`max_video_bytes` integer,
	`max_video_seconds` integer,
	`max_stored_bytes` integer,
	`max_in_flight` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `__new_mails` (
	`conversion_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`kind` text DEFAULT 'outcome' NOT NULL,
	`leased_until_ms` integer DEFAULT 0 NOT NULL,
	`sent_at_ms` integer,
	`message_id` text,
	PRIMARY KEY(`conversion_id`, `attempt`, `kind`),
	FOREIGN KEY (`conversion_id`) REFERENCES `conversions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `__new_mails`("conversion_id", "attempt", "leased_until_ms", "sent_at_ms", "message_id") SELECT "conversion_id", "attempt", "leased_until_ms", "sent_at_ms", "message_id" FROM `mails`;--> statement-breakpoint
DROP TABLE `mails`;--> statement-breakpoint
ALTER TABLE `__new_mails` RENAME TO `mails`;--> statement-breakpoint
ALTER TABLE `conversions` ADD `source_sha256` text;--> statement-breakpoint
ALTER TABLE `conversions` ADD `attempts_before` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `conversions` ADD `video_expires_at_ms` integer;--> statement-breakpoint
ALTER TABLE `conversions` ADD `expires_at_ms` integer;--> statement-breakpoint
ALTER TABLE `conversions` ADD `change` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `conversions_by_change` ON `conversions` (`user_id`,`change`);--> statement-breakpoint
CREATE INDEX `conversions_by_source` ON `conversions` (`user_id`,`source_sha256`);--> statement-breakpoint
CREATE INDEX `conversions_by_video_expiry` ON `conversions` (`video_expires_at_ms`) WHERE "conversions"."video_expires_at_ms" is not null;--> statement-breakpoint
CREATE INDEX `conversions_by_expiry` ON `conversions` (`status`,`expires_at_ms`);
--> statement-breakpoint
-- What was done before MP3s expired is kept for as long as what is done today.
UPDATE `conversions` SET `expires_at_ms` = (unixepoch() + 30 * 86400) * 1000 WHERE `status` = 'done';
