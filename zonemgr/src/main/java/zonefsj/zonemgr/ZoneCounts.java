package zonefsj.zonemgr;

/**
 * Sums over all zones at one instant.
 *
 * @param free free zones
 * @param freeForData free zones that file data may take
 * @param partialDataBytes what partly written data zones without a handle can still take
 * @param active active zones
 * @param retiredBytes capacity of the zones that died since the mount
 * @param checkpoint zones that the checkpoints have
 * @param freeForCheckpoint zones that they may still take
 * @param collectorDebt zones of its reserve that the collector has taken
 * @param hasDying whether the drive turned any zone read-only or offline
 * @param slotHolders zones that keep an active slot because they could not be finished
 */
record ZoneCounts(
    int free,
    int freeForData,
    long partialDataBytes,
    int active,
    long retiredBytes,
    int checkpoint,
    int freeForCheckpoint,
    int collectorDebt,
    boolean hasDying,
    int slotHolders) {}
