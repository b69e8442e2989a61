-- Every change that a conversion's owner can see gets the next number of that owner's, in the
-- transaction of the change itself: numbers come in the order of the commits, so whoever has seen
-- one has seen all before it (db/queries/conversion-changes.ts).
CREATE TRIGGER `count_inserted_conversion` AFTER INSERT ON `conversions`
BEGIN
	INSERT INTO `conversion_changes` (`user_id`, `count`) VALUES (NEW.`user_id`, 1)
		ON CONFLICT (`user_id`) DO UPDATE SET `count` = `count` + 1;
	UPDATE `conversions` SET `change` =
		(SELECT `count` FROM `conversion_changes` WHERE `user_id` = NEW.`user_id`)
		WHERE `id` = NEW.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `count_updated_conversion`
AFTER UPDATE OF `status`, `filename`, `options`, `source_size_bytes`, `phase`, `progress`, `speed`
ON `conversions`
BEGIN
	INSERT INTO `conversion_changes` (`user_id`, `count`) VALUES (NEW.`user_id`, 1)
		ON CONFLICT (`user_id`) DO UPDATE SET `count` = `count` + 1;
	UPDATE `conversions` SET `change` =
		(SELECT `count` FROM `conversion_changes` WHERE `user_id` = NEW.`user_id`)
		WHERE `id` = NEW.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `count_deleted_conversion` AFTER DELETE ON `conversions`
BEGIN
	INSERT INTO `conversion_changes` (`user_id`, `count`) VALUES (OLD.`user_id`, 1)
		ON CONFLICT (`user_id`) DO UPDATE SET `count` = `count` + 1;
	INSERT INTO `deleted_conversions` (`id`, `user_id`, `change`, `deleted_at_ms`)
		SELECT OLD.`id`, OLD.`user_id`, `count`, CAST(unixepoch('subsec') * 1000 AS INTEGER)
		FROM `conversion_changes` WHERE `user_id` = OLD.`user_id`;
END;
