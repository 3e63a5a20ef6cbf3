-- Frozen: takes away what follows from an order that was served or broken, revision 0002.
DROP TRIGGER told ON kept_breach;
DROP TRIGGER told_to_victim_services ON kept_breach;
DROP TRIGGER told_once_recorded ON kept_order;
DROP TRIGGER told_once_served ON kept_order;
DROP POLICY order_tells ON notice;
DROP FUNCTION tell_of_the_breach(), tell_victim_services();
